"""Where a container can be reached: its own address, published ports, and programs that listen on every address.

Long because every way in which a program listens has its case.
"""

from __future__ import annotations

import contextlib
import http.client
import secrets
import shutil
import socket
import threading
from typing import TYPE_CHECKING, Any

import docker
import pytest

from tests.support.docker_engine import output_of

from .conftest import MARK, Site, fetch, soon

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.addresses import Addresses


def free_everywhere() -> int:
    """Return a port that no container of anybody else listens on, and no client is given."""
    while True:
        port = 10000 + secrets.randbelow(10000)
        with contextlib.suppress(OSError), socket.create_server(("", port)):
            return port


PORT = free_everywhere()
# It listens on every address of this machine, whatever the engine says.
HTTPD = ["/bin/busybox", "httpd", "-f", "-p", str(PORT), "-h", "/www"]

PYTHON = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = f"{os.environ['GREETING']} on {self.server.server_address[0]}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
host = sys.argv[1] if len(sys.argv) > 1 else ""
http.server.ThreadingHTTPServer((host, 8080), Handler).serve_forever()
"""
SIX = """
import http.server, os, socket, sys
http.server.ThreadingHTTPServer.address_family = socket.AF_INET6
"""
ECHO = """
import os, socket
with socket.create_server(("", 9000)) as server:
    while True:
        line, _ = server.accept()
        while data := line.recv(100):
            line.sendall(data)
        line.close()
"""
ASYNCIO = """
import asyncio, sys
async def greet(reader, writer):
    await reader.readuntil(b"\\r\\n\\r\\n")
    name = writer.get_extra_info("sockname")[0].encode()
    writer.write(b"HTTP/1.0 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(name), name))
    await writer.drain(); writer.close()
async def main():
    server = await asyncio.start_server(greet, None if sys.argv[1] == "none" else sys.argv[1], 8080)
    await server.serve_forever()
asyncio.run(main())
"""
NODE = """
const http = require("node:http");
const handler = (request, response) => response.end(`on ${request.socket.localAddress}`);
const how = process.argv[2];
const server = http.createServer(handler);
if (how === "port") server.listen(8080);
if (how === "callback") server.listen(8080, () => console.log("up"));
if (how === "host") server.listen(8080, "0.0.0.0");
if (how === "backlog") server.listen(8080, "::", 100, () => {});
if (how === "options") server.listen({ port: 8080 });
if (how === "text") server.listen("8080");
"""


def application(site: Site, program: str, *argv: str, env: str = "A=1") -> Any:
    """Make an image that holds an application alone."""
    command = ", ".join(f'"{argument}"' for argument in argv)
    return site.image(
        f"FROM scratch\nENV GREETING=hello {env}\nWORKDIR /app\nCOPY app .\nCMD [{command}]\n", {"app": program}
    )


def address_of(container: Any) -> str:
    container.reload()
    return str(container.attrs["NetworkSettings"]["IPAddress"])


# The same on both engines.


@pytest.fixture
def pages(site: Site, busybox: Path) -> Any:
    return site.image(
        f"FROM {site.shell(busybox)}\nCOPY index.html /www/\nEXPOSE {PORT}\nCMD {HTTPD}\n".replace("'", '"'),
        {"index.html": "hello"},
    )


def test_a_port_is_published_on_the_address_that_is_named(site: Site, pages: Any, addresses: Addresses) -> None:
    address = addresses.take()
    container = site.run(pages, ports={f"{PORT}/tcp": (address, PORT)})
    assert fetch(address, PORT) == "hello"
    container.reload()
    assert container.ports == {f"{PORT}/tcp": [{"HostIp": address, "HostPort": str(PORT)}]}
    [row] = [each for each in site.client.api.containers() if each["Id"] == container.id]
    assert row["Ports"] == [{"IP": address, "PrivatePort": PORT, "PublicPort": PORT, "Type": "tcp"}]
    container.remove(force=True)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, PORT))
    addresses.give_back(address)


def test_a_port_is_published_on_any_free_one(site: Site, pages: Any) -> None:
    container = site.run(pages, ports={f"{PORT}/tcp": ("127.0.0.1", None)})
    container.reload()
    [place] = container.ports[f"{PORT}/tcp"]
    assert place["HostIp"] == "127.0.0.1"
    assert fetch("127.0.0.1", int(place["HostPort"])) == "hello"
    container.stop(timeout=0)
    container.reload()
    assert container.ports == {}
    container.remove()


def test_all_exposed_ports_can_be_published(site: Site, pages: Any) -> None:
    container = site.run(pages, publish_all_ports=True)
    container.reload()
    assert fetch("127.0.0.1", int(container.ports[f"{PORT}/tcp"][0]["HostPort"])) == "hello"
    container.remove(force=True)


def test_a_port_that_is_taken_is_refused(site: Site, pages: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        container = site.client.containers.create(
            pages.tags[0], labels=MARK, ports={f"{PORT}/tcp": ("127.0.0.1", port)}
        )
        answer = site.call("POST", f"/v1.41/containers/{container.id}/start")
    assert answer.status == 500
    assert f"driver failed programming external connectivity on endpoint {container.name}" in answer.message
    assert f"127.0.0.1:{port}" in answer.message
    container.reload()
    assert (container.status, container.attrs["State"]["ExitCode"]) == ("created", 128)
    container.remove()


def test_a_container_without_ports_has_an_address(site: Site, pages: Any) -> None:
    container = site.run(pages)
    assert fetch(address_of(container), PORT) == "hello"
    container.stop(timeout=0)
    assert address_of(container) == ""
    container.remove()


def test_a_container_can_join_anothers_network(site: Site, pages: Any) -> None:
    container = site.run(pages)
    script = f"/bin/busybox wget -q -O - http://{'$HOST' if site.is_embedded else '127.0.0.1'}:{PORT}/"
    fetch(address_of(container), PORT)
    shell = ["/bin/busybox", "sh", "-c", script]
    assert output_of(site.client, pages.tags[0], shell, network_mode=f"container:{container.id}") == b"hello"
    container.remove(force=True)


# Only the embedded engine has to give addresses to processes.


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::"])
def test_python_on_every_address_is_on_its_own(embedded: Site, addresses: Addresses, host: str) -> None:
    program = PYTHON.replace("import http.server, os, sys", SIX) if host == "::" else PYTHON
    image = application(embedded, program, "python3", "app", *([host] if host else []))
    mine, theirs = addresses.take(), addresses.take()
    containers = [embedded.run(image, ports={"8080/tcp": (each, 8080)}) for each in (mine, theirs)]
    for container, address in zip(containers, (mine, theirs), strict=True):
        assert fetch(address, 8080).endswith(address)
        assert address_of(container) == address
        container.remove(force=True)


@pytest.mark.parametrize("host", ["none", "0.0.0.0", "::"])
def test_asyncio_on_every_address_is_on_its_own(embedded: Site, host: str) -> None:
    image = application(embedded, ASYNCIO, "python3", "app", host)
    one, two = (embedded.run(image) for _ in range(2))
    for container in (one, two):
        address = address_of(container)
        assert fetch(address, 8080).endswith(address)
        container.remove(force=True)


@pytest.mark.parametrize("how", ["port", "callback", "host", "backlog", "options", "text"])
def test_node_on_every_address_is_on_its_own(embedded: Site, how: str) -> None:
    if not shutil.which("node"):
        pytest.skip("node is not installed")
    image = application(embedded, NODE, "node", "app", how)
    one, two = (embedded.run(image) for _ in range(2))
    for container in (one, two):
        address = address_of(container)
        assert fetch(address, 8080) == f"on {address}"
        container.remove(force=True)


def test_programs_are_told_their_address(embedded: Site) -> None:
    program = "import os; print(os.environ['HOST'], os.environ['BIND_HOST'], os.environ['HOSTNAME'])"
    image = application(embedded, program, "python3", "app", env="HOST=0.0.0.0")
    container = embedded.run(image, command=["sh", "-c", "echo $HOST $BIND_HOST $HOSTNAME; exec sleep 100"])
    soon(container.logs)
    assert container.logs().decode().split() == [address_of(container)] * 2 + [container.id[:12]]
    container.remove(force=True)
    named = embedded.client.containers.run(image.tags[0], environment={"HOST": "shop.example"}, remove=True).decode()
    assert named.startswith("shop.example 127.")


def test_what_is_named_on_the_host_stays_where_it_is(embedded: Site) -> None:
    program = PYTHON.replace("8080", "int(os.environ['PORT'])")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    image = application(embedded, program, "python3", "app", "127.0.0.1", env=f"PORT={port}")
    container = embedded.run(image)
    assert fetch("127.0.0.1", port).endswith("127.0.0.1")
    container.remove(force=True)
    container = embedded.run(image, command=["python3", "app"], network_mode="host")
    assert fetch("127.0.0.1", port).endswith("0.0.0.0")
    assert address_of(container) == ""
    container.remove(force=True)


def test_a_proxy_streams_both_ways_and_closes_when_a_side_does(embedded: Site) -> None:
    container = embedded.run(application(embedded, ECHO, "python3", "app"), ports={"9000/tcp": None})
    container.reload()
    port = int(container.ports["9000/tcp"][0]["HostPort"])

    def exchange() -> bytes | None:
        with socket.create_connection(("127.0.0.1", port)) as line:
            try:
                line.sendall(b"ping")
                found = line.recv(10)
                line.shutdown(socket.SHUT_WR)
                return found + line.recv(10)
            except ConnectionResetError:
                return None

    # Until the program listens, the port is there and nobody behind it.
    assert soon(exchange) == b"ping"
    container.remove(force=True)


def test_a_web_server_is_reached_through_a_proxy_by_many_at_once(embedded: Site) -> None:
    container = embedded.run(application(embedded, PYTHON, "python3", "app"), ports={"8080/tcp": None})
    container.reload()
    port = int(container.ports["8080/tcp"][0]["HostPort"])
    fetch("127.0.0.1", port)
    failures: list[Exception] = []

    def ask() -> None:
        try:
            for _ in range(20):
                line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
                line.request("GET", "/")
                assert line.getresponse().read().startswith(b"hello")
                line.close()
        except Exception as error:  # noqa: BLE001 - whatever it was, the test must see it
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    container.remove(force=True)


# Two that cannot both have a port.


@pytest.fixture
def greedy(embedded: Site, busybox: Path) -> Any:
    """An image whose program listens on every address, whatever it is told."""
    files = {"index.html": "hello"}
    command = str(HTTPD).replace("'", '"')
    return embedded.image(f"FROM {embedded.shell(busybox)}\nCOPY index.html /www/\nCMD {command}\n", files)


def test_one_that_wants_every_address_keeps_the_next_out(embedded: Site, greedy: Any, addresses: Addresses) -> None:
    first = embedded.run(greedy, ports={f"{PORT}/tcp": (addresses.take(), PORT)})
    fetch(address_of(first), PORT)
    address = addresses.take()
    with pytest.raises(docker.errors.APIError) as refused:
        embedded.run(greedy, ports={f"{PORT}/tcp": (address, PORT)})
    told = refused.value.explanation
    assert f"Bind for {address}:{PORT} failed: port is already allocated" in told
    assert f"container {first.name} ({first.id[:12]}) listens on every address with port {PORT}" in told
    assert "let the program listen on $HOST instead of on every address, or start a Docker engine" in told
    first.remove(force=True)


def test_one_that_comes_second_is_told_why_it_ended(embedded: Site, greedy: Any, addresses: Addresses) -> None:
    first = embedded.run(
        application(embedded, PYTHON.replace("8080", str(PORT)), "python3", "app"),
        ports={f"{PORT}/tcp": (addresses.take(), PORT)},
    )
    fetch(address_of(first), PORT)
    second = embedded.run(greedy, ports={f"{PORT}/tcp": (addresses.take(), PORT)})
    assert second.wait()["StatusCode"] != 0
    told = second.logs().decode()
    assert "ddress already in use" in told
    assert f"rehearsal: port {PORT} is in use on another address of this machine" in told
    first.remove(force=True)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"volumes": {"/tmp": {"bind": "/x"}}}, "mounting a folder of this machine into a container"),
        ({"tty": True}, "a terminal for a container"),
        ({"restart_policy": {"Name": "always"}}, "the restart policy always"),
        ({"network_mode": "none"}, "a container without a network"),
        ({"ports": {"53/udp": 5353}}, "publishing 53/udp"),
        ({"ports": {"80/tcp": ("10.0.0.1", 80)}}, "publishing a port on 10.0.0.1, an address that others can reach"),
    ],
)
def test_what_needs_isolation_is_refused(embedded: Site, busybox: Path, options: dict[str, Any], what: str) -> None:
    with pytest.raises(docker.errors.APIError, match="the embedded engine cannot do this") as refused:
        embedded.run(embedded.shell(busybox), ["true"], **options)
    assert refused.value.status_code == 501
    assert refused.value.explanation.startswith(what)


# Paths.


def test_paths_of_the_image_are_found(embedded: Site, busybox: Path) -> None:
    image = embedded.image(
        f"FROM {embedded.shell(busybox)}\nENV PATH=/opt/tools:/usr/bin PYTHONPATH=/lib/py\nCOPY . /\nWORKDIR /data\n",
        {"opt/tools/tool.sh": "#!/bin/sh\necho tool $*\n", "lib/py/mine.py": "NAME = 'mine'\n", "data/f": "F"},
    )
    run = embedded.client.containers.run
    [name] = image.tags
    assert run(name, ["tool.sh", "x"], remove=True) == b"tool x\n"
    assert run(name, ["/bin/busybox", "cat", "/data/f", "f"], remove=True) == b"FF"
    assert run(name, ["sh", "/opt/tools/tool.sh", "--file=/data/f", "/absent", "/"], remove=True).decode().split()[
        2:
    ] == [
        "/absent",
        "/",
    ]
    assert run(name, ["python3", "-c", "import mine; print(mine.NAME)"], remove=True) == b"mine\n"
    assert run(name, ["/usr/local/bin/python3", "-c", "print(1)"], remove=True) == b"1\n"


def test_a_program_may_bring_its_own_sitecustomize(embedded: Site) -> None:
    image = embedded.image(
        'FROM scratch\nENV PYTHONPATH=/app\nCOPY . /app/\nWORKDIR /app\nCMD ["python3", "-c", "print(2)"]\n',
        {"sitecustomize.py": "print(1)\n"},
    )
    assert embedded.client.containers.run(image.tags[0], remove=True) == b"1\n2\n"


def test_links_of_an_image_stay_inside_it(embedded: Site, busybox: Path) -> None:
    image = embedded.image(
        f"FROM {embedded.shell(busybox)}\nCOPY . /\nWORKDIR /d\n",
        {"d/absolute": "->/d/f", "d/above": "->../../../../d/f", "d/f": "F", "d/out": "->/etc/hostname"},
    )
    run = embedded.client.containers.run
    assert run(image.tags[0], ["/bin/busybox", "cat", "absolute", "above"], remove=True) == b"FF"
    script = ["/bin/busybox", "sh", "-c", "/bin/busybox cat out || echo none"]
    assert run(image.tags[0], script, remove=True) == b"none\n"


def test_a_health_check_that_asks_localhost_asks_the_container(embedded: Site) -> None:
    check = 'import urllib.request as r; r.urlopen(\\"http://localhost:8080/\\")'
    image = embedded.image(
        "FROM scratch\nENV GREETING=x\nWORKDIR /app\nCOPY app .\n"
        f'HEALTHCHECK --interval=100ms CMD ["python3", "-c", "{check}"]\nCMD ["python3", "app"]\n',
        {"app": PYTHON},
    )
    container = embedded.run(image)

    def is_healthy() -> bool:
        container.reload()
        return bool(container.attrs["State"]["Health"]["Status"] == "healthy")

    soon(is_healthy)
    container.remove(force=True)


def test_an_image_that_may_only_be_read_is_not_copied(embedded: Site, busybox: Path) -> None:
    container = embedded.run(embedded.shell(busybox), ["/bin/busybox", "pwd"], read_only=True)
    container.wait()
    assert "roots/" in container.logs().decode()
    container.remove()
