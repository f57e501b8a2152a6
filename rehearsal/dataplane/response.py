"""Responses: a target's, read and written again for the client, and those that the load balancer gives by itself."""

import re
import time
from email.utils import formatdate
from functools import cache
from http import HTTPStatus

from rehearsal.dataplane.bodies import Chunked, Framing, MalformedError, Sized, UntilClose
from rehearsal.dataplane.request import FIELDS, Request

HEAD_LIMIT = 32 * 1024
HEAD = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(| [^\r\n\0]*+)\r\n" + FIELDS + rb"\r\n")
SPECIAL = frozenset(
    (b"connection", b"content-length", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade")
)
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PHRASES = {408: "Request Time-out", 503: "Service Temporarily Unavailable", 504: "Gateway Time-out"}
PAGE = (
    "<html>\r\n<head><title>{title}</title></head>\r\n"
    "<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
)


class Response:
    """What the head of a target's response says."""

    __slots__ = ("chunked", "fields", "keep_alive", "length", "phrase", "status")

    def __init__(self, head: bytes) -> None:
        """Read the head, up to and with its empty line."""
        match = HEAD.fullmatch(head)
        if match is None:
            raise MalformedError("the response's head is not HTTP/1.1")
        minor, status, self.phrase, fields = match.groups()
        self.status = int(status)
        self.keep_alive = minor == b"1"
        self.chunked = False
        self.length: int | None = None
        self.fields = [line for line in fields.split(b"\r\n") if line and not self._take(line)]

    def body(self, request: Request) -> Framing | None:
        """Return the framing of the body, none if there is no body."""
        if request.method == b"HEAD" or self.status in (204, 304) or self.status < 200:
            return None
        if self.chunked:
            return Chunked(keep_payload=request.v10)
        if self.length is None:
            return UntilClose()
        return Sized(self.length) if self.length else None

    def for_client(self, request: Request, *, close: bool) -> bytes:
        """Write the head as the client shall see it."""
        out = [b"HTTP/1.1 %d%s" % (self.status, self.phrase), *self.fields]
        if self.chunked and not request.v10:
            out.append(b"Transfer-Encoding: chunked")
        elif self.length is not None:
            out.append(b"Content-Length: %d" % self.length)
        out.append(b"Connection: close\r\n\r\n" if close else b"Connection: keep-alive\r\n\r\n")
        return b"\r\n".join(out)

    def _take(self, line: bytes) -> bool:
        name, _, value = line.partition(b":")
        name = name.lower()
        if name not in SPECIAL:
            return False
        value = value.strip(b" \t").lower()
        if name == b"connection":
            self.keep_alive = b"close" not in value and (self.keep_alive or b"keep-alive" in value)
        elif name == b"transfer-encoding":
            self.chunked = self._is_chunked(value)
        elif name == b"content-length":
            self._measure(value)
        return True

    def _is_chunked(self, value: bytes) -> bool:
        if value not in (b"chunked", b"identity"):
            raise MalformedError("an unknown transfer coding")
        return value == b"chunked"

    def _measure(self, value: bytes) -> None:
        if not value.isdigit() or len(value) > 18 or self.length not in (None, int(value)):
            raise MalformedError("an impossible content length")
        self.length = int(value)


@cache
def title(status: int) -> str:
    """Return the status with its phrase, as the load balancer words it."""
    if status in PHRASES:
        return f"{status} {PHRASES[status]}"
    known = {member.value: member.phrase for member in HTTPStatus}
    return f"{status} {known[status]}" if status in known else str(status)


def answer(status: int, content_type: str, body: bytes, *, close: bool, bare: bool, fields: bytes = b"") -> bytes:
    """Write a whole response of the load balancer's own, without its body if that is not wanted."""
    head = (
        f"HTTP/1.1 {title(status)}\r\nServer: awselb/2.0\r\nDate: {_date(int(time.time()))}\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        f"Connection: {'close' if close else 'keep-alive'}\r\n"
    )
    return head.encode("latin-1") + fields + (b"\r\n" if bare else b"\r\n" + body)


def page(status: int, *, close: bool, bare: bool, fields: bytes = b"") -> bytes:
    """Write the small page that goes with an error or a redirect."""
    body = PAGE.format(title=title(status)).encode()
    return answer(status, "text/html", body, close=close, bare=bare, fields=fields)


def _date(second: int) -> str:
    if second != _now[0]:
        _now[:] = second, formatdate(second, usegmt=True)
    return str(_now[1])


_now: list[object] = [0, ""]
