"""The HTTP server: it answers the routes, and on the way out it lets every request in flight finish."""

import json
import socket
import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from greeter.page import page
from greeter.version import Version

LONGEST_NAME = 80
LONGEST_WAIT = 30


class Server(ThreadingHTTPServer):
    """Answers every connection in a thread of its own."""

    # Threads that are not daemons are waited for when the server is closed.
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], version: Version) -> None:
        """Listen on the address; port 0 takes any that is free."""
        self.version = version
        self.instance = socket.gethostname()
        self.draining = False
        self._connections: set[socket.socket] = set()
        super().__init__(address, Handler)

    def drain(self) -> None:
        """Accept nobody else, and hang up on each connection once its request in flight is answered."""
        self.draining = True
        self.shutdown()
        for connection in list(self._connections):
            try:
                # Only the reading half is closed: an answer that is under way is still written.
                connection.shutdown(socket.SHUT_RD)
            except OSError as gone:
                print(f"a connection had already ended: {gone}", flush=True)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection before its thread starts, so that draining misses none."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say in one line that a client hung up; anything else is our own fault and is shown in full."""
        error = sys.exception()
        if isinstance(error, ConnectionError):
            print(f"{client_address[0]} hung up: {error}", flush=True)
        else:
            super().handle_error(request, client_address)


class Answer(NamedTuple):
    """What a request gets."""

    body: str
    kind: str = "text/plain"
    status: HTTPStatus = HTTPStatus.OK


class Handler(BaseHTTPRequestHandler):
    """Answers one connection's requests, one after the other; the base class writes the access log."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "greeter"
    sys_version = ""
    # Longer than the 60 seconds after which a load balancer gives up an idle connection. Were it shorter, the load
    # balancer would now and then send a request into a connection that is just being closed.
    timeout = 75
    # Head and body leave in one packet; in two, the second waits for the first to be acknowledged.
    wbufsize = -1

    def do_GET(self) -> None:
        """Route the request and send the answer."""
        url = urlsplit(self.path)
        answer = self._route(url.path, {key: values[0] for key, values in parse_qs(url.query).items()})
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", f"{answer.kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        # Nobody reads a request's body here, and left unread it would be taken for the connection's next request.
        if self.server.draining or "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        """Answer as for GET, without the body."""
        self.do_GET()

    def _route(self, path: str, query: dict[str, str]) -> Answer:
        name = query.get("name", "").strip()[:LONGEST_NAME] or "world"
        if path == "/":
            return Answer(page(self.server.version, name, self.server.instance), "text/html")
        if path == "/api":
            return self._introduction(name)
        if path == "/slow":
            return self._introduction(name, after=query.get("seconds", "1"))
        if path == "/health":
            return self._health()
        return Answer("There are /, /api, /slow and /health.\n", status=HTTPStatus.NOT_FOUND)

    def _introduction(self, name: str, after: str = "0") -> Answer:
        if not (after.isdecimal() and len(after) <= 2 and int(after) <= LONGEST_WAIT):
            return Answer(f"seconds must be a whole number up to {LONGEST_WAIT}\n", status=HTTPStatus.BAD_REQUEST)
        time.sleep(int(after))
        version = self.server.version
        facts = {"version": version.version, "colour": version.colour, "instance": self.server.instance, "name": name}
        return Answer(json.dumps(facts) + "\n", "application/json")

    def _health(self) -> Answer:
        if self.server.version.healthy:
            return Answer("healthy\n")
        return Answer("broken on purpose\n", status=HTTPStatus.SERVICE_UNAVAILABLE)
