"""What `docker-registry` tells of what was pushed to it: it calls an address of ours."""

from __future__ import annotations

import json
import logging
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LOG = logging.getLogger("rehearsal.registry")


class Notices(ThreadingHTTPServer):
    """Listens on a free port of loopback, and passes on each tag that was pushed."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, pushed: Callable[[str, str, str], None]) -> None:
        """Listen."""
        self.pushed = pushed
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_address[1]}/"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="registry-notices", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class passes them
        """Log what broke a connection."""
        LOG.exception("a connection broke")


class Handler(BaseHTTPRequestHandler):
    """One call of the registry, with one or more events."""

    protocol_version = "HTTP/1.1"
    server: Notices

    def do_POST(self) -> None:
        """Pass on the tags among the events."""
        events = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0))).get("events") or []
        for event in events:
            target = event.get("target") or {}
            if event.get("action") == "push" and target.get("tag"):
                self.server.pushed(target["repository"], target["tag"], target["digest"])
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it that
        """Keep quiet about each request."""
