"""The sample application, run as its users run it: as a process, and in a container."""

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from tests.support.docker_engine import port_of

GREETER = Path(__file__).parents[2] / "examples" / "greeter"
DEADLINE = 20


class Running:
    """A greeter that runs as a process of ours."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.port = port

    def connect(self) -> http.client.HTTPConnection:
        """Open a connection that is kept alive."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)

    def get(self, path: str, method: str = "GET") -> tuple[int, str, str]:
        """Ask for a path and return status, content type and body."""
        with contextlib.closing(self.connect()) as connection:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read().decode()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], Running]]:
    """Return a function that starts a version of the greeter on a free port."""
    with contextlib.ExitStack() as running:

        def start(version: str) -> Running:
            shutil.copytree(GREETER / "greeter", tmp_path / "greeter")
            shutil.copy(GREETER / "versions" / f"{version}.json", tmp_path / "greeter" / "version.json")
            process = running.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "greeter"],
                    cwd=tmp_path,
                    env={**os.environ, "PORT": "0", "BIND_HOST": "127.0.0.1"},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
            running.callback(process.kill)
            assert process.stdout is not None
            announced = process.stdout.readline()
            return Running(process, int(announced.rsplit(" ", 1)[1]))

        yield start


@pytest.mark.parametrize(("version", "colour"), [("v1", "blue"), ("v2", "green")])
def test_says_who_it_is(start: Callable[[str], Running], version: str, colour: str) -> None:
    greeter = start(version)
    status, kind, page = greeter.get("/?name=Ada")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert "Hello, Ada!" in page
    assert f"{version} &middot; {colour}" in page
    assert f"--side: var(--{colour}," in page
    status, kind, body = greeter.get("/api?name=Ada")
    assert (status, kind) == (200, "application/json; charset=utf-8")
    facts = {"version": version, "colour": colour, "instance": socket.gethostname(), "name": "Ada"}
    assert json.loads(body) == facts
    assert greeter.get("/health")[0] == 200


def test_greets_the_world_when_nobody_is_named(start: Callable[[str], Running]) -> None:
    greeter = start("v1")
    assert "Hello, world!" in greeter.get("/?name=%20")[2]
    assert json.loads(greeter.get("/api")[2])["name"] == "world"
    assert len(json.loads(greeter.get("/api?name=" + "x" * 500)[2])["name"]) == 80


def test_shows_a_name_as_text_and_never_as_markup(start: Callable[[str], Running]) -> None:
    page = start("v1").get("/?name=%3Cscript%3Ealert(1)%3C/script%3E%26%22%27")[2]
    assert "<script" not in page
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#x27;"
    assert f"Hello, {escaped}!" in page
    assert f'value="{escaped}"' in page


def test_the_broken_version_serves_but_fails_its_health_check(start: Callable[[str], Running]) -> None:
    greeter = start("v3")
    assert greeter.get("/health")[0] == 503
    assert greeter.get("/")[0] == 200


def test_refuses_what_it_does_not_know(start: Callable[[str], Running]) -> None:
    greeter = start("v1")
    assert greeter.get("/nothing")[0] == 404
    assert greeter.get("/", method="POST")[0] == 501
    for seconds in ("soon", "-1", "31", "1.5", ""):
        status, _, why = greeter.get(f"/slow?seconds={seconds or '%20'}")
        assert (status, why) == (400, "seconds must be a whole number up to 30\n")


def test_answers_head_without_a_body(start: Callable[[str], Running]) -> None:
    assert start("v1").get("/", method="HEAD") == (200, "text/html; charset=utf-8", "")


def test_keeps_a_connection_for_many_requests(start: Callable[[str], Running]) -> None:
    with contextlib.closing(start("v1").connect()) as connection:
        connection.connect()
        local = connection.sock.getsockname()
        for _ in range(3):
            connection.request("GET", "/api")
            assert connection.getresponse().read()
            assert connection.sock is not None, "the server has closed the connection"
            assert connection.sock.getsockname() == local


def test_a_body_is_never_taken_for_the_next_request(start: Callable[[str], Running]) -> None:
    smuggled = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    with contextlib.closing(socket.create_connection(("127.0.0.1", start("v1").port), DEADLINE)) as connection:
        head = f"GET /api HTTP/1.1\r\nHost: x\r\nContent-Length: {len(smuggled)}\r\n\r\n"
        connection.sendall(head.encode() + smuggled)
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while more := connection.recv(65536):
                received += more
    assert received.count(b"HTTP/1.1 ") == 1
    assert b"HTTP/1.1 200 OK" in received


def test_finishes_requests_in_flight_and_accepts_no_others(start: Callable[[str], Running]) -> None:
    greeter = start("v1")
    with contextlib.closing(greeter.connect()) as slow, contextlib.closing(greeter.connect()) as idle:
        slow.request("GET", "/slow?seconds=2&name=patient")
        # Connections are accepted in order: once this one is answered, the slow request is in the server's hands.
        idle.request("GET", "/api")
        assert idle.getresponse().read()
        greeter.process.send_signal(signal.SIGTERM)
        assert idle.sock.recv(1) == b"", "an idle connection is closed at once"
        _wait_until_refused(greeter.port)
        answer = slow.getresponse()
        assert (answer.status, answer.headers["Connection"]) == (200, "close")
        assert json.loads(answer.read())["name"] == "patient"
    assert greeter.process.wait(DEADLINE) == 0


def _wait_until_refused(port: int) -> None:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except ConnectionRefusedError:
            return
    pytest.fail("the greeter still accepts connections")


def test_writes_a_line_for_every_request_whatever_is_in_it(start: Callable[[str], Running]) -> None:
    greeter = start("v1")
    greeter.get("/api?name=Ada")
    with contextlib.closing(socket.create_connection(("127.0.0.1", greeter.port), DEADLINE)) as connection:
        connection.sendall(b"GET /\x1b[31mred HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 404 " in connection.recv(65536)
    greeter.process.send_signal(signal.SIGTERM)
    log, _ = greeter.process.communicate(timeout=DEADLINE)
    assert re.search(r'127\.0\.0\.1 .*"GET /api\?name=Ada HTTP/1\.1" 200', log)
    assert r"GET /\x1b[31mred" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("port", ["eighty", "-1", "65536", ""])
def test_refuses_a_port_that_is_none(port: str) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "greeter"],
        cwd=GREETER,
        env={**os.environ, "PORT": port},
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
    )
    assert finished.returncode == 2
    assert finished.stderr == f"PORT is {port!r}; it must be a number up to 65535\n"


def test_starts_out_as_v1() -> None:
    assert (GREETER / "greeter" / "version.json").read_text() == (GREETER / "versions" / "v1.json").read_text()


@pytest.fixture
def container(engine: docker.DockerClient, python_base: str) -> Iterator[Container]:
    """Build the image on a base that is there, and run it with as little as Fargate may give it."""
    name = "flipside-tests/greeter:latest"
    engine.images.build(path=str(GREETER), tag=name, buildargs={"BASE": python_base}, rm=True, forcerm=True)
    running = engine.containers.run(
        name, detach=True, read_only=True, cap_drop=["ALL"], ports={"8080/tcp": ("127.0.0.1", None)}
    )
    yield running
    running.remove(force=True)
    engine.images.remove(name, force=True)


@pytest.mark.docker
def test_runs_in_a_container_that_cannot_be_written_to(container: Container) -> None:
    port = port_of(container, b"listens on port 8080")
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)) as connection:
        connection.request("GET", "/api?name=Ada")
        facts = json.loads(connection.getresponse().read())
    assert facts == {"version": "v1", "colour": "blue", "instance": container.id[:12], "name": "Ada"}
    container.stop(timeout=DEADLINE)
    assert container.wait()["StatusCode"] == 0
