"""The engine itself, and how it refuses what it cannot do."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from .conftest import LABEL, Site, soon

if TYPE_CHECKING:
    from pathlib import Path


def test_it_is_there(site: Site) -> None:
    assert site.client.ping()
    answer = site.call("GET", "/_ping")
    assert (answer.status, answer.body) == (200, b"OK")
    assert answer.headers["Ostype"] == "linux"
    assert site.call("HEAD", "/_ping").body == b""


def test_it_says_what_it_is(site: Site) -> None:
    version = site.client.version()
    assert version["ApiVersion"] == site.call("GET", "/_ping").headers["Api-Version"]
    assert version["Os"] == "linux"
    info = site.client.info()
    assert info["OSType"] == "linux"
    assert info["Containers"] >= info["ContainersRunning"]


@pytest.mark.parametrize("version", ["v1.41", "v1.40", "v1.30"])
def test_clients_of_other_versions_are_served(site: Site, version: str) -> None:
    assert site.call("GET", f"/{version}/version").status == 200


def test_clients_from_the_future_are_refused(site: Site) -> None:
    answer = site.call("GET", "/v1.99/info")
    newest = answer.headers["Api-Version"]
    assert answer.status == 400
    assert answer.message == f"client version 1.99 is too new. Maximum supported API version is {newest}"


def test_what_does_not_exist_is_not_found(site: Site) -> None:
    answer = site.call("GET", "/v1.41/nonsense")
    assert (answer.status, answer.message) == (404, "page not found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1.41/volumes"),
        ("POST", "/v1.41/commit"),
        ("GET", "/v1.41/containers/x/stats"),
        ("PUT", "/v1.41/containers/x/archive"),
        ("GET", "/v1.41/images/search"),
        ("POST", "/v1.41/swarm/init"),
    ],
)
def test_what_is_missing_is_refused_by_name(embedded: Site, method: str, path: str) -> None:
    answer = embedded.call(method, path)
    assert answer.status == 501
    assert answer.message.startswith(f"{method} {path.removeprefix('/v1.41')}: the embedded engine cannot do this")


@pytest.mark.parametrize("path", ["/v1.41/session", "/grpc"])
def test_buildkit_is_refused_with_the_way_out(embedded: Site, path: str) -> None:
    answer = embedded.call("POST", path)
    assert (answer.status, "set DOCKER_BUILDKIT=0" in answer.message) == (501, True)


def test_a_wrong_method_is_refused(embedded: Site) -> None:
    assert embedded.call("PUT", "/v1.41/build").status == 405


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"'])
def test_bodies_that_are_not_json_objects_are_refused(embedded: Site, body: bytes) -> None:
    answer = embedded.call("POST", "/v1.41/containers/create", body)
    assert answer.status == 400
    assert "invalid JSON in the body" in answer.message


def test_a_connection_is_used_again(embedded: Site, busybox: Path) -> None:
    # Bodies that nobody reads must not be taken for the next request.
    from rehearsal.warden import dockerapi  # noqa: PLC0415 - for this test alone

    line = dockerapi.connection(embedded.docker_host, 10)
    for _ in range(3):
        line.request("POST", "/v1.41/containers/none/start", b"x" * 100_000)
        assert line.getresponse().read()
        line.request("GET", "/_ping")
        assert line.getresponse().read() == b"OK"
    line.close()


def test_what_happens_is_told(site: Site, busybox: Path) -> None:
    shell = site.shell(busybox)
    heard: list[dict[str, Any]] = []
    filters = {"label": LABEL, "type": "container"}
    stream = site.client.events(decode=True, filters=filters)
    listener = threading.Thread(target=lambda: heard.extend(_until(stream, "destroy")), daemon=True)
    listener.start()
    # Nobody says when the listener is heard: so make containers until it is.
    soon(lambda: site.run(shell, ["/bin/busybox", "sh", "-c", "exit 3"]).remove(force=True) or not listener.is_alive())
    actions = [event["Action"] for event in heard]
    assert actions[-1] == "destroy"
    assert {"create", "start", "die"} <= set(actions) or "kill" in actions
    [died] = [event for event in heard if event["Action"] == "die"][-1:]
    assert died["Actor"]["Attributes"]["exitCode"] in ("3", "137")
    assert died["Actor"]["Attributes"]["image"] == shell


def _until(stream: Any, action: str) -> list[dict[str, Any]]:
    seen = []
    for event in stream:
        seen.append(event)
        if event["Action"] == action:
            stream.close()
            break
    return seen


def test_past_events_are_remembered(site: Site, busybox: Path) -> None:
    container = site.run(site.shell(busybox), ["/bin/busybox", "true"])
    container.wait()
    now = int(time.time())
    told = list(site.client.events(decode=True, since=now - 60, until=now + 1, filters={"container": container.id}))
    assert [event["Action"] for event in told] == ["create", "start", "die"]


def test_networks_tell_containers_apart(site: Site, busybox: Path) -> None:
    network = site.client.networks.create(f"rehearsal-{os.getpid()}-{site.kind}", labels={"a": "b"})
    try:
        assert network.id in [each.id for each in site.client.networks.list(filters={"label": "a=b"})]
        container = site.run(site.shell(busybox), ["/bin/busybox", "sleep", "100"], network=network.name)
        container.reload()
        address = container.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"]
        assert address
        assert container.attrs["NetworkSettings"]["IPAddress"] == ""
        network.reload()
        assert network.attrs["Containers"][container.id]["Name"] == container.name
        container.remove(force=True)
    finally:
        network.remove()
    answer = site.call("GET", f"/v1.41/networks/{network.name}")
    assert (answer.status, answer.message) == (404, f"network {network.name} not found")


def test_the_predefined_networks_are_there_and_stay(site: Site) -> None:
    names = {network.name for network in site.client.networks.list()}
    assert {"bridge", "host"} <= names
    assert site.call("DELETE", "/v1.41/networks/bridge").status in (400, 403)


def docker_command(site: Site, *args: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "DOCKER_HOST": site.docker_host, "DOCKER_BUILDKIT": "0"}
    return subprocess.run(["docker", *args], capture_output=True, text=True, env=env, timeout=60, check=False)


def test_the_docker_command_works(site: Site, busybox: Path, tmp_path: Path) -> None:
    shell, name = site.shell(busybox), site.name()
    (tmp_path / "Dockerfile").write_text(f"FROM {shell}\nENV GREETING=hello\n")
    built = docker_command(site, "build", "-t", name, str(tmp_path))
    assert f"Successfully tagged {name}" in built.stdout
    ran = docker_command(site, "run", "--rm", name, "/bin/busybox", "sh", "-c", "echo $GREETING; echo no >&2; exit 4")
    assert (ran.returncode, ran.stdout, ran.stderr) == (4, "hello\n", "no\n")
    fed = subprocess.run(
        ["docker", "run", "--rm", "-i", name, "/bin/busybox", "cat"],
        input="fed",
        capture_output=True,
        text=True,
        env={**os.environ, "DOCKER_HOST": site.docker_host},
        timeout=60,
        check=False,
    )
    assert fed.stdout == "fed"
    started = docker_command(site, "run", "-d", "--label", LABEL, name, "/bin/busybox", "sleep", "100").stdout.strip()
    assert started[:12] in docker_command(site, "ps").stdout
    assert json.loads(docker_command(site, "inspect", started).stdout)[0]["State"]["Running"]
    ran = docker_command(site, "exec", started, "/bin/busybox", "sh", "-c", "echo $GREETING; exit 5")
    assert (ran.returncode, ran.stdout) == (5, "hello\n")
    assert docker_command(site, "stop", "-t", "1", started).returncode == 0
    assert docker_command(site, "rm", started).stdout.strip() == started
    assert name.partition(":")[0] in docker_command(site, "images").stdout
    assert "ENV GREETING=hello" in docker_command(site, "history", "--no-trunc", name).stdout
    missing = docker_command(site, "run", "127.0.0.1:1/nobody")
    assert missing.returncode == 125
