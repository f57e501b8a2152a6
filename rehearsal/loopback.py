"""HTTP servers of this process: each on a free port of loopback, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, BinaryIO, ClassVar

from rehearsal.engine.bodies import MalformedBodyError, body_of

LOG = logging.getLogger("rehearsal.loopback")
HOST = "127.0.0.1"
WATCH = 0.05
CHUNK = 1 << 18


class Loopback(ThreadingHTTPServer):
    """Serves from the moment when it is made."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], name: str) -> None:
        """Listen, and answer in a thread of this name."""
        super().__init__((HOST, 0), handler)
        self.host = f"{HOST}:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(WATCH,), name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class passes them
        """Log what broke a connection."""
        LOG.exception("a connection of the server %s broke", self._thread.name)


class Connection(BaseHTTPRequestHandler):
    """One connection, which may stay open: what an answer has not read of a body is read after it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # What ends it, because nobody knows where the next request would begin.
    endings: ClassVar[tuple[type[Exception], ...]] = (BrokenPipeError, ConnectionResetError, MalformedBodyError)

    def do_GET(self) -> None:
        """Serve one request, whatever its method."""
        try:
            body = body_of(self.headers, self.rfile)
            self.serve(body)
            while not self.close_connection and body.read(CHUNK):
                pass
        except self.endings:
            self.close_connection = True

    def serve(self, body: BinaryIO) -> None:
        """Answer the request."""
        raise NotImplementedError

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it that
        """Keep quiet about each request."""


for _method in ("HEAD", "POST", "PUT", "PATCH", "DELETE"):
    setattr(Connection, f"do_{_method}", Connection.do_GET)
