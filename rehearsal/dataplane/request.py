"""A request's head: read strictly, and written again as the target shall see it."""

import itertools
import os
import re
import time
from typing import TYPE_CHECKING

from rehearsal.dataplane.bodies import Chunked, Framing, Sized

if TYPE_CHECKING:
    from rehearsal.dataplane.snapshot import Balancer

# AWS's limits, which cannot be raised there either.
LINE_LIMIT = 16 * 1024
HEAD_LIMIT = 64 * 1024
FORWARDED_LIMIT = 30
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]++"
FIELDS = rb"((?:" + TOKEN + rb":[^\r\n\0]*+\r\n)*+)"
HEAD = re.compile(rb"(" + TOKEN + rb") ([^ \r\n\0]++) HTTP/([0-9])\.([0-9])\r\n" + FIELDS + rb"\r\n")
FIRST_LINE = re.compile(rb"[^ ]+ [^ ]+ HTTP/([0-9])\.[0-9]\r\n")
PLAIN_NAME = re.compile(rb"[-A-Za-z0-9]+")
SPECIAL = frozenset(
    (
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"keep-alive",
        b"proxy-connection",
        b"te",
        b"transfer-encoding",
        b"upgrade",
        b"x-amzn-trace-id",
        b"x-forwarded-for",
        b"x-forwarded-port",
        b"x-forwarded-proto",
    )
)
# What may be sent twice without doing twice.
REPEATABLE = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"))
KNOWN_OPTIONS = frozenset((b"close", b"keep-alive", b"upgrade"))
_trace = itertools.count(int.from_bytes(os.urandom(11), "big"))


class RefusedError(Exception):
    """The load balancer answers the request itself, with this status, and ends the connection."""

    def __init__(self, status: int) -> None:
        """Remember the status."""
        super().__init__(f"refused with {status}")
        self.status = status


class Request:
    """What the head of a request says."""

    __slots__ = ("chunked", "close", "expects", "host", "length", "lines", "method", "path", "query", "special", "v10")

    def __init__(self, method: bytes, target: bytes, *, v10: bool, fields: bytes) -> None:
        """Read the fields and refuse what is ambiguous."""
        self.method = method
        self.v10 = v10
        self.lines: list[bytes] = []
        self.special: dict[bytes, bytes] = {}
        self._sort(fields)
        self.path, _, self.query = self._locate(target)
        self._frame()
        self._connect()

    @property
    def replayable(self) -> bool:
        """Whether it may be sent to a target once more when it is unknown if the target acted on it."""
        return not self.length and not self.chunked and self.method in REPEATABLE

    @property
    def websocket(self) -> bool:
        """Whether it asks to turn the connection into a web socket, the only upgrade a load balancer passes on."""
        return self.special.get(b"upgrade", b"").lower() == b"websocket"

    def body(self) -> Framing | None:
        """Return the framing of the body, none if there is no body."""
        if self.chunked:
            return Chunked()
        return Sized(self.length) if self.length else None

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of a header."""
        if name in SPECIAL:
            return [self.special[name]] if name in self.special else []
        split = (line.partition(b":") for line in self.lines)
        return [value.strip() for field, _, value in split if field.lower() == name]

    def for_target(self, balancer: "Balancer", client: bytes, forwarded: bytes, port: int) -> bytes:
        """Write the head as the target shall see it."""
        target = self.path + b"?" + self.query if self.query else self.path
        out = [b"%s %s HTTP/1.1" % (self.method, target)]
        if came_from := self._came_from(balancer.forwarded_for, client):
            out.append(b"X-Forwarded-For: " + came_from)
        out.append(forwarded)
        out.append(b"Host: " + self._host_for_target(balancer, port))
        out.append(b"X-Amzn-Trace-Id: " + self._traced())
        if balancer.drop_invalid:
            out.extend(line for line in self.lines if PLAIN_NAME.fullmatch(line.partition(b":")[0]))
        else:
            out.extend(self.lines)
        if self.chunked:
            out.append(b"Transfer-Encoding: chunked")
        elif b"content-length" in self.special:
            out.append(b"Content-Length: %d" % self.length)
        if self.websocket:
            out.append(b"Connection: Upgrade\r\nUpgrade: websocket")
        out.append(b"\r\n")
        return b"\r\n".join(out)

    def _sort(self, fields: bytes) -> None:
        special = self.special
        for line in fields.split(b"\r\n"):
            name, colon, value = line.partition(b":")
            name = name.lower()
            if name not in SPECIAL:
                if colon:
                    self.lines.append(line)
            elif name not in special:
                special[name] = value.strip(b" \t")
            elif name in (b"host", b"content-length"):
                raise RefusedError(400)
            else:
                special[name] += b", " + value.strip(b" \t")

    def _locate(self, target: bytes) -> tuple[bytes, bytes, bytes]:
        if b"host" not in self.special and not self.v10:
            raise RefusedError(400)
        self.host = self.special.get(b"host", b"").lower()
        if target.startswith((b"http://", b"https://")):
            self.host, slash, rest = target.partition(b"://")[2].partition(b"/")
            self.host = self.host.lower()
            target = slash + rest or b"/"
        if not target.startswith(b"/") and (self.method, target) != (b"OPTIONS", b"*"):
            raise RefusedError(400)
        return target.partition(b"?")

    def _frame(self) -> None:
        coding = self.special.get(b"transfer-encoding", b"identity").lower()
        length = self.special.get(b"content-length", b"0")
        self.chunked = coding == b"chunked"
        if not self.chunked and coding != b"identity":
            raise RefusedError(501)
        if not length.isdigit() or len(length) > 18 or (self.chunked and b"content-length" in self.special):
            raise RefusedError(400)
        self.length = int(length)

    def _connect(self) -> None:
        special = self.special
        connection = special.get(b"connection", b"").lower()
        options = {option.strip() for option in connection.split(b",")} if connection else frozenset()
        self.close = b"close" in options or (self.v10 and b"keep-alive" not in options)
        self.expects = b"expect" in special and special[b"expect"].lower() == b"100-continue"
        if b"upgrade" in special and b"upgrade" not in options:
            del special[b"upgrade"]
        if options and not options <= KNOWN_OPTIONS:
            # What a sender names here concerns this connection alone.
            self.lines = [line for line in self.lines if line.partition(b":")[0].lower() not in options]
        if special.get(b"x-forwarded-for", b"").count(b",") >= FORWARDED_LIMIT:
            raise RefusedError(463)

    def _came_from(self, mode: str, client: bytes) -> bytes:
        given = self.special.get(b"x-forwarded-for", b"")
        if mode == "append":
            return given + b", " + client if given else client
        return given if mode == "preserve" else b""

    def _host_for_target(self, balancer: "Balancer", port: int) -> bytes:
        if balancer.preserve_host:
            return self.special.get(b"host", self.host)
        host = self.host or balancer.dns_name.encode()
        return host if port in (80, 443) or b":" in host else b"%s:%d" % (host, port)

    def _traced(self) -> bytes:
        mark = b"1-%08x-%024x" % (int(time.time()), next(_trace))
        given = self.special.get(b"x-amzn-trace-id")
        if not given:
            return b"Root=" + mark
        return b"Self=%s;%s" % (mark, given) if b"Root=" in given else b"Root=%s;%s" % (mark, given)


def parse(head: bytes) -> Request:
    """Read the head of a request, up to and with its empty line."""
    match = HEAD.fullmatch(head)
    if match is None:
        raise RefusedError(_fault(head))
    method, target, major, minor, fields = match.groups()
    if major != b"1":
        raise RefusedError(505)
    if method == b"TRACE":
        raise RefusedError(405)
    if len(head) > LINE_LIMIT:
        check_size(head)
    return Request(method, target, v10=minor == b"0", fields=fields)


def check_size(head: bytes) -> None:
    """Refuse a head, or the part of it that has arrived, that exceeds a limit."""
    lines = head.split(b"\r\n")
    if len(lines[0]) > LINE_LIMIT:
        raise RefusedError(414)
    if len(head) > HEAD_LIMIT or any(len(line) > LINE_LIMIT for line in lines):
        raise RefusedError(400)


def _fault(head: bytes) -> int:
    first = FIRST_LINE.match(head)
    return 505 if first and first[1] != b"1" else 400
