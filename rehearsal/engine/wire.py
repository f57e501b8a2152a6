"""HTTP over a unix socket, a thread for each connection."""

from __future__ import annotations

import fcntl
import json
import logging
import re
import socketserver
import termios
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

from rehearsal.engine.bodies import MalformedBodyError, body_of
from rehearsal.engine.errors import BadRequestError, EngineError
from rehearsal.engine.request import Reply, Request

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

LOG = logging.getLogger("rehearsal.engine")
API_VERSION = (1, 44)
OLDEST_API = (1, 24)
VERSIONED = re.compile(r"/v(\d+)\.(\d+)(/.*)")
HEADERS_READ_WITHIN = 1.0
# What a client that speaks first is told about us; the classic builder is the one that we are.
HEADERS = {
    "Api-Version": "{}.{}".format(*API_VERSION),
    "Docker-Experimental": "false",
    "Ostype": "linux",
    "Builder-Version": "1",
}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: SocketServer

    def do_GET(self) -> None:
        """Serve one request, whatever its method."""
        try:
            self._send(self._answer())
            self._drain()
        except (BrokenPipeError, ConnectionResetError, MalformedBodyError):
            # The client has gone, or cannot be understood any longer; whatever it asked for goes on.
            self.close_connection = True

    def version_string(self) -> str:
        """Return what we call ourselves."""
        return "Docker/rehearsal (linux)"

    def address_string(self) -> str:
        """Return who calls: a unix socket does not tell."""
        return "local"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it that
        """Keep quiet about each request."""

    def _answer(self) -> Reply:
        try:
            self._request = self._read()
            self._request.path = _without_version(self._request.path)
            return self.server.answer(self._request)
        except EngineError as error:
            return self._refusal(error.status, str(error))
        except MalformedBodyError as error:
            self.close_connection = True
            return self._refusal(HTTPStatus.BAD_REQUEST, str(error))
        except Exception as error:
            LOG.exception("%s %s failed", self.command, self.path)
            self.close_connection = True
            return self._refusal(HTTPStatus.INTERNAL_SERVER_ERROR, f"{type(error).__name__}: {error}")

    def _drain(self) -> None:
        """Read what nobody wanted of the body, which would be taken for the next request."""
        while not self.close_connection and self._request.body.read(1 << 16):
            pass

    def _refusal(self, status: int, message: str) -> Reply:
        if status == HTTPStatus.NOT_MODIFIED:
            return Reply(status, content_type="")
        return Reply(status, json.dumps({"message": message}).encode() + b"\n")

    def _read(self) -> Request:
        parts = urlsplit(self.path)
        return Request(
            self.command,
            unquote(parts.path),
            parse_qs(parts.query, keep_blank_values=True),
            cast("dict[str, str]", self.headers),
            body_of(self.headers, self.rfile),
            self.connection,
        )

    def _send(self, reply: Reply) -> None:
        if reply.takeover:
            self._hand_over(reply, reply.takeover)
            return
        self.send_response(reply.status)
        for name, value in {**HEADERS, **reply.headers}.items():
            self.send_header(name, value)
        if reply.content_type:
            self.send_header("Content-Type", reply.content_type)
        if reply.pieces is not None:
            self._send_pieces(reply)
            return
        # 204 and 304 have no body, and say nothing of its length.
        if reply.status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def _send_pieces(self, reply: Reply) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in reply.pieces or ():
            if piece:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def _hand_over(self, reply: Reply, takeover: Callable[[Request], None]) -> None:
        self.close_connection = True
        if "upgrade" in self.headers.get("Connection", "").lower():
            self.send_response(HTTPStatus.SWITCHING_PROTOCOLS, "UPGRADED")
            self.send_header("Connection", "Upgrade")
            self.send_header("Upgrade", "tcp")
        else:
            self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", reply.content_type)
        self.end_headers()
        _wait_until_read(self.connection)
        takeover(self._request)


for _method in ("POST", "PUT", "DELETE", "HEAD"):
    setattr(Handler, f"do_{_method}", Handler.do_GET)


class SocketServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """The engine's socket."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, path: str, answer: Callable[[Request], Reply]) -> None:
        """Listen, and answer with what the given function returns."""
        self.answer = answer
        super().__init__(path, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class passes them
        """Log what broke a connection."""
        LOG.exception("a connection broke")


def _wait_until_read(connection: socket.socket) -> None:
    """Wait until the client has read the headers.

    The docker SDK reads them through a buffer, and the rest without it: what came together with them would be lost.
    """
    deadline = time.monotonic() + HEADERS_READ_WITHIN
    unread = bytearray(4)
    while time.monotonic() < deadline:
        fcntl.ioctl(connection, termios.TIOCOUTQ, unread)
        if not any(unread):
            return
        time.sleep(0.001)


def _without_version(path: str) -> str:
    found = VERSIONED.match(path)
    if not found:
        return path
    asked = int(found[1]), int(found[2])
    if asked > API_VERSION:
        newest = HEADERS["Api-Version"]
        raise BadRequestError(
            f"client version {found[1]}.{found[2]} is too new. Maximum supported API version is {newest}"
        )
    if asked < OLDEST_API:
        oldest = "{}.{}".format(*OLDEST_API)
        raise BadRequestError(
            f"client version {found[1]}.{found[2]} is too old. Minimum supported API version is {oldest}, "
            "please upgrade your client to a newer version"
        )
    return found[3]
