"""The callers count what really came back: every way in which an answer can fail counts as failed."""

import contextlib
import socket
import threading
import time

import pytest

from pipeline.rehearse.cloud import Place
from pipeline.rehearse.load import Load

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def says(version):
    return OK + b'{"version": "%s"}' % version.encode()


ANSWERS = {
    "whole": (says("v1"), 0),
    "in chunks": (CHUNKED + b'8\r\n{"versio\r\n9\r\nn": "v1"}\r\n0\r\n\r\n', 0),
    "cut off": (OK + b'{"vers', 1),
    "cut off in a chunk": (CHUNKED + b'20\r\n{"versio', 1),
    "cut off in its head": (b"HTTP/1.1 200 OK\r\nContent-", 1),
    "no answer at all": (b"", 1),
    "an error": (b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n", 1),
    "no HTTP": (b"hello\r\n\r\n", 1),
}


class Server:
    """Answers each connection's requests with the same bytes; what is not a whole answer ends the connection."""

    def __init__(self, answer):
        self.answer = answer
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.place = Place(*self._socket.getsockname())
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._socket.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, contextlib.suppress(OSError):
            while connection.recv(4096):
                connection.sendall(self.answer)
                if not self.answer.endswith((b"}", b"0\r\n\r\n")):
                    return


@pytest.fixture
def load():
    with Load() as made:
        yield made


@pytest.fixture
def server(request):
    made = Server(request.param)
    yield made
    made.close()


def until(happened):
    """Wait until something is so."""
    deadline = time.monotonic() + 20
    while not (found := happened()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


@pytest.mark.parametrize(("server", "failing"), ANSWERS.values(), ids=list(ANSWERS), indirect=["server"])
def test_what_counts_as_failed(load, server, failing):
    load.call("production", server.place, "/api", rate=200)
    until(lambda: load.ticker.requests > 20)
    told = load.report()["production"]

    assert told["requests"] > 20
    assert told["failed"] == told["requests"] * failing
    assert bool(load.ticker.last_failure) == bool(failing)


@pytest.mark.parametrize("server", [says("v1")], indirect=True)
def test_connections_are_kept_but_for_one_client(load, server):
    load.call("production", server.place, "/api", rate=200, clients=4)
    until(lambda: load.ticker.requests > 60)
    requests = load.report()["production"]["requests"]

    assert 4 <= server.connections <= 3 + requests / 2


@pytest.mark.parametrize("server", [says("v1")], indirect=True)
def test_a_version_is_seen_when_it_comes_and_counted_where_its_request_began(load, server):
    load.call("production", server.place, "/api", rate=200)
    first = until(lambda: load.seen("production", "v1"))
    changed = load.period("the move")
    server.answer = says("v2")
    second = until(lambda: load.seen("production", "v2", since=changed))
    load.period("afterwards")
    until(lambda: load.ticker.requests > 20)
    time.sleep(0.1)
    periods = {period["name"]: period for period in load.report()["production"]["periods"]}

    assert first < changed <= second
    assert load.answers_now("production") == "v2"
    assert set(periods["afterwards"]["versions"]) == {"v2"}
    assert set(periods["the move"]["versions"]) >= {"v2"}


@pytest.mark.parametrize("server", [says("v1")], indirect=True)
def test_the_rate_is_kept(load, server):
    load.call("production", server.place, "/api", rate=100)
    until(lambda: load.ticker.requests)
    began, before = time.monotonic(), load.ticker.requests
    until(lambda: time.monotonic() - began > 1.5)
    rate = (load.ticker.requests - before) / (time.monotonic() - began)

    assert rate < 150


def test_nobody_there_is_a_failure(load):
    with socket.create_server(("127.0.0.1", 0)) as once:
        place = Place(*once.getsockname())
    load.call("production", place, "/", rate=50)
    until(lambda: load.ticker.failed > 5)

    assert load.report()["production"]["failed"] > 5
