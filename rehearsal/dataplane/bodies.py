"""Where a message's body ends: by length, by its chunks, or with the connection.

Bodies are passed on byte for byte; a framing only says how many of the bytes that have just arrived belong to the body.
"""

import re
from typing import Protocol

CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
LINE_LIMIT = 16 * 1024


class MalformedError(ValueError):
    """The bytes are not the message that they claim to be."""


class Framing(Protocol):
    """How much of a body is still to come."""

    done: bool

    def take(self, data: bytes) -> int:
        """Return how many of these bytes belong to the body."""


class Sized:
    """A body of a length known beforehand, which is not zero."""

    __slots__ = ("done", "left")

    def __init__(self, length: int) -> None:
        """Expect so many bytes."""
        self.left = length
        self.done = False

    def take(self, data: bytes) -> int:
        """Return how many of these bytes belong to the body."""
        size = len(data)
        if size < self.left:
            self.left -= size
            return size
        size, self.left, self.done = self.left, 0, True
        return size


class UntilClose:
    """A body that ends when its sender closes the connection."""

    __slots__ = ("done",)

    def __init__(self) -> None:
        """Expect anything."""
        self.done = False

    def take(self, data: bytes) -> int:
        """Return how many of these bytes belong to the body: all."""
        return len(data)


class Chunked:
    """A body in chunks, with trailers perhaps."""

    __slots__ = ("_after_data", "_left", "_line", "_trailer", "done", "payload")

    def __init__(self, *, keep_payload: bool = False) -> None:
        """Expect a first chunk; keep what the chunks contain for a receiver that does not know chunks."""
        self.done = False
        self.payload: list[bytes] | None = [] if keep_payload else None
        self._left = 0
        self._line = b""
        self._after_data = False
        self._trailer = False

    def take(self, data: bytes) -> int:
        """Return how many of these bytes belong to the body."""
        position, size = 0, len(data)
        while position < size and not self.done:
            if self._left:
                end = min(position + self._left, size)
                self._left -= end - position
                if self.payload is not None:
                    self.payload.append(data[position:end])
                position = end
            else:
                position = self._read_line(data, position)
        return position

    def _read_line(self, data: bytes, start: int) -> int:
        end = data.find(b"\n", start) + 1
        self._line += data[start:end] if end else data[start:]
        if len(self._line) > LINE_LIMIT:
            raise MalformedError("a chunk's first line is too long")
        if not end:
            return len(data)
        line, self._line = self._line, b""
        if not line.endswith(b"\r\n"):
            raise MalformedError("a chunk's line does not end with CRLF")
        self._understand(line[:-2])
        return end

    def _understand(self, line: bytes) -> None:
        if self._after_data:
            if line:
                raise MalformedError("a chunk is longer than its size")
            self._after_data = False
        elif self._trailer:
            self.done = not line
        elif size := CHUNK_SIZE.fullmatch(line):
            self._left = int(size[1], 16)
            self._after_data, self._trailer = bool(self._left), not self._left
        else:
            raise MalformedError("a chunk has no size")
