"""One HTTP/1.1 connection and the requests on it."""

import asyncio
import re
from dataclasses import dataclass, field
from typing import NamedTuple

STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})\b")
VERSION = re.compile(rb'"version"\s*:\s*"([^"]{1,80})"')


class CutError(Exception):
    """The answer ended before it was complete."""


class Answer(NamedTuple):
    """What came back, and the version that answered if it says so."""

    status: int
    version: str


class Head(NamedTuple):
    """The first part of an answer."""

    status: int
    fields: dict[bytes, bytes]

    @property
    def stays_open(self) -> bool:
        """Whether another request may follow on the connection."""
        return self.fields.get(b"connection", b"").lower() != b"close"


@dataclass
class Line:
    """A line to one address; it is taken up again when the other side has hung up."""

    host: str
    port: int
    path: str
    kept: bool = True
    _reader: asyncio.StreamReader | None = field(default=None, init=False)
    _writer: asyncio.StreamWriter | None = field(default=None, init=False)

    async def ask(self) -> Answer:
        """Make one request and read the whole of its answer."""
        if self._reader is None or self._reader.at_eof():
            await self._connect()
        reader, writer = self._reader, self._writer
        if reader is None or writer is None:
            raise ConnectionError("not connected")
        try:
            writer.write(self._request())
            await writer.drain()
            head = await _head(reader)
            body = await _body(reader, head)
        except BaseException:
            self.hang_up()
            raise
        if not (self.kept and head.stays_open):
            self.hang_up()
        found = VERSION.search(body) if b"json" in head.fields.get(b"content-type", b"") else None
        return Answer(head.status, found[1].decode(errors="replace") if found else "")

    def hang_up(self) -> None:
        """Close the connection."""
        if self._writer:
            self._writer.close()
        self._reader = self._writer = None

    async def _connect(self) -> None:
        self.hang_up()
        self._reader, self._writer = await asyncio.open_connection(self.host, self.port)

    def _request(self) -> bytes:
        wish = "keep-alive" if self.kept else "close"
        lines = [f"GET {self.path} HTTP/1.1", f"Host: {self.host}:{self.port}", f"Connection: {wish}", "Accept: */*"]
        return "\r\n".join([*lines, "", ""]).encode()


async def _head(reader: asyncio.StreamReader) -> Head:
    try:
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
    except asyncio.IncompleteReadError as cut:
        raise CutError("the connection was closed before an answer came") from cut
    status = STATUS.match(first)
    if status is None:
        raise CutError(f"what came is no HTTP: {first[:40]!r}")
    fields = dict(line.split(b":", 1) for line in lines if b":" in line)
    return Head(int(status[1]), {name.strip().lower(): value.strip() for name, value in fields.items()})


async def _body(reader: asyncio.StreamReader, head: Head) -> bytes:
    try:
        if head.fields.get(b"transfer-encoding", b"").lower() == b"chunked":
            return await _chunks(reader)
        if b"content-length" in head.fields:
            return await reader.readexactly(int(head.fields[b"content-length"]))
        return b"" if head.status in {204, 304} else await reader.read()
    except asyncio.IncompleteReadError as cut:
        raise CutError("the answer was cut off") from cut


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    whole = b""
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        whole += await reader.readexactly(size)
        await reader.readexactly(2)
        if not size:
            return whole
