"""Bodies of HTTP requests, which `http.server` leaves to its handlers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from email.message import Message

    from _typeshed import ReadableBuffer


class MalformedBodyError(ValueError):
    """The body is not framed as its headers say."""


def body_of(headers: Message, source: BinaryIO | io.BufferedIOBase) -> BinaryIO:
    """Return the body that follows these headers, as a file that ends where it ends."""
    if "chunked" in headers.get("Transfer-Encoding", ""):
        return cast("BinaryIO", io.BufferedReader(ChunkedBody(source)))
    length = headers.get("Content-Length") or "0"
    if not length.isdecimal():
        raise MalformedBodyError(f"Content-Length: {length} is not a number")
    return cast("BinaryIO", io.BufferedReader(SizedBody(source, int(length))))


class ChunkedBody(io.RawIOBase):
    """A request body that comes in chunks."""

    def __init__(self, source: BinaryIO | io.BufferedIOBase) -> None:
        """Read from the connection."""
        self._source = source
        self._left = 0
        self._ended = False

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: ReadableBuffer) -> int:
        """Read some bytes of the current chunk."""
        if not self._left and not self._ended:
            self._next_chunk()
        if self._ended:
            return 0
        view = memoryview(buffer).cast("B")
        data = self._source.read(min(len(view), self._left))
        view[: len(data)] = data
        self._left -= len(data)
        if not self._left:
            self._source.readline()
        return len(data)

    def _next_chunk(self) -> None:
        size = self._source.readline().split(b";")[0].strip()
        try:
            self._left = int(size, 16)
        except ValueError:
            raise MalformedBodyError("malformed chunked encoding") from None
        if not self._left:
            self._ended = True
            while self._source.readline().strip():
                pass


class SizedBody(io.RawIOBase):
    """A request body of a known length."""

    def __init__(self, source: BinaryIO | io.BufferedIOBase, length: int) -> None:
        """Read from the connection, but no further."""
        self._source = source
        self.left = length

    def readable(self) -> bool:
        """Say yes."""
        return True

    def readinto(self, buffer: ReadableBuffer) -> int:
        """Read some of what is left."""
        view = memoryview(buffer).cast("B")
        data = self._source.read(min(len(view), self.left))
        view[: len(data)] = data
        self.left -= len(data)
        return len(data)
