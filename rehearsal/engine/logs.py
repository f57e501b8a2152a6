"""What a container wrote, kept in a file and read from it by as many as like, also while it grows."""

from __future__ import annotations

import struct
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from rehearsal.engine.clock import stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STDOUT, STDERR = 1, 2
# On the disk: which stream, when, how long; on the wire, Docker's own header: which stream, how long.
HEADER = struct.Struct(">BQI")
FRAME = struct.Struct(">BxxxI")
# How often a reader that waits for more looks whether its client is still there.
LOOK_AROUND = 1.0


class Line(NamedTuple):
    """One line that was written, or a part of a very long one."""

    stream: int
    moment: int
    text: bytes

    def framed(self, *, with_moment: bool) -> bytes:
        """Return the line as clients read it when both streams share a connection."""
        text = self.plain(with_moment=with_moment)
        return FRAME.pack(self.stream, len(text)) + text

    def plain(self, *, with_moment: bool) -> bytes:
        """Return the line without saying which stream it is of."""
        return stamp(self.moment).encode() + b" " + self.text if with_moment else self.text


class Selection(NamedTuple):
    """Which lines a reader wants; `tail` -1 is all."""

    streams: frozenset[int] = frozenset({STDOUT, STDERR})
    since: int = 0
    until: int = 0
    tail: int = -1

    def has(self, line: Line) -> bool:
        """Say whether the line is one of them."""
        return (
            line.stream in self.streams and line.moment >= self.since and (not self.until or line.moment < self.until)
        )


class Log:
    """The log of one container."""

    def __init__(self, path: Path) -> None:
        """Keep it in this file."""
        self._path = path
        self._grown = threading.Condition()
        self._size = 0
        self._is_open = False
        path.touch()

    def open(self) -> None:
        """Say that more may come."""
        with self._grown:
            self._is_open = True

    def close(self) -> None:
        """Say that nothing more comes, until it is opened again."""
        with self._grown:
            self._is_open = False
            self._grown.notify_all()

    def write(self, stream: int, text: bytes) -> None:
        """Append a line."""
        with self._grown:
            with self._path.open("ab") as file:
                file.write(HEADER.pack(stream, time.time_ns(), len(text)) + text)
            self._size += HEADER.size + len(text)
            self._grown.notify_all()

    def read(self, wanted: Selection, *, follow: bool, is_gone: Callable[[], bool]) -> Iterator[Line]:
        """Go through the lines; a follower waits for more until the log closes or its client is gone."""
        # Opened now and not when the first line is wanted: the container may be removed before that.
        return self._reading(self._path.open("rb"), wanted, is_gone if follow else None)

    def _reading(self, file: BinaryIO, wanted: Selection, is_gone: Callable[[], bool] | None) -> Iterator[Line]:
        with file:
            if wanted.tail >= 0:
                yield from deque(self._lines(file, wanted), maxlen=wanted.tail)
            while True:
                yield from self._lines(file, wanted)
                if is_gone is None or not self._wait(file.tell(), is_gone):
                    return

    def _lines(self, file: BinaryIO, wanted: Selection) -> Iterator[Line]:
        while header := file.read(HEADER.size):
            stream, moment, length = HEADER.unpack(header)
            line = Line(stream, moment, file.read(length))
            if wanted.has(line):
                yield line

    def _wait(self, position: int, is_gone: Callable[[], bool]) -> bool:
        with self._grown:
            while self._size <= position:
                if not self._is_open or is_gone():
                    return False
                self._grown.wait(LOOK_AROUND)
        return True
