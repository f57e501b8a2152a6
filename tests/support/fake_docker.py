"""An engine that speaks as much of Docker's API as a build and a push need, and says what a test tells it to say."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Event = dict[str, Any]
DIGEST = "sha256:" + "d" * 64
BUILT: list[Event] = [
    {"stream": "Step 1/1 : FROM scratch\n"},
    {"aux": {"ID": "sha256:" + "1" * 64}},
    {"stream": "Successfully built 111111111111\n"},
]
PUSHED: list[Event] = [{"status": "The push refers to repository [x]"}, {"aux": {"Tag": "t", "Digest": DIGEST}}]


@dataclass
class FakeEngine:
    """What the engine answers, and what it was asked for."""

    url: str = ""
    build: list[Event] = field(default_factory=lambda: list(BUILT))
    push: list[Event] = field(default_factory=lambda: list(PUSHED))
    refusal: str = ""
    breaks_off: bool = False
    before_push: Callable[[], None] = lambda: None
    asked: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)


@contextmanager
def fake_engine() -> Iterator[FakeEngine]:
    """Run the engine until the block ends; DOCKER_HOST is to hold its `url`."""
    engine = FakeEngine()

    class Handler(_Handler):
        script = engine

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        engine.url = f"tcp://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield engine
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    script: FakeEngine
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer the version handshake."""
        self._answer(HTTPStatus.OK, {"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "fake"})

    def do_POST(self) -> None:
        """Answer a build or a push with the events of the script."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        self.script.asked.append((url.path, dict(parse_qsl(url.query)), dict(self.headers)))
        if self.script.refusal:
            self._answer(HTTPStatus.BAD_REQUEST, {"message": self.script.refusal})
        elif url.path.endswith("/push"):
            self.script.before_push()
            self._stream(self.script.push)
        else:
            self._stream(self.script.build)

    def _answer(self, status: HTTPStatus, document: Event) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, events: list[Event]) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            line = json.dumps(event).encode() + b"\r\n"
            self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
        if self.script.breaks_off:
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Keep the test's output to the deployer's."""
