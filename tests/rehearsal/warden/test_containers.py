"""Containers on an engine that outlives the main process."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.engine.handle import EmbeddedEngine
from rehearsal.warden import dockerapi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rehearsal.warden.handle import Warden

    from .conftest import Main


def ask(docker_host: str, method: str, path: str, body: Any = None) -> Any:
    line = dockerapi.connection(docker_host, 10)
    try:
        content = body if isinstance(body, bytes) else json.dumps(body)
        line.request(method, path, content, {"Content-Type": "application/json"})
        answer = line.getresponse()
        told = answer.read()
        assert answer.status < 400, told
        return json.loads(told) if (told and answer.status != http.client.OK) or path.endswith("json") else told
    finally:
        line.close()


@pytest.fixture
def docker_host(warden: Warden, tmp_path: Path) -> Iterator[str]:
    engine = EmbeddedEngine(warden, tmp_path / "engine")
    ask(engine.docker_host, "POST", "/images/create?fromSrc=-&repo=files&tag=1", b"\0" * 10240)
    yield engine.docker_host
    engine.stop()


def container(docker_host: str, label: str = "") -> str:
    labels = {"owner": label} if label else {}
    made = ask(
        docker_host, "POST", "/containers/create", {"Image": "files:1", "Cmd": ["sleep", "1000"], "Labels": labels}
    )
    ask(docker_host, "POST", f"/containers/{made['Id']}/start")
    return str(made["Id"])


def left(docker_host: str) -> set[str]:
    return {each["Id"] for each in ask(docker_host, "GET", "/containers/json")}


def test_they_go_by_id_and_by_label(main: Callable[[str], Main], docker_host: str) -> None:
    ours, labelled, theirs = container(docker_host), container(docker_host, "us"), container(docker_host, "them")
    victim = main(f"""
warden.container({ours!r}, {docker_host!r})
warden.label('owner=us', {docker_host!r})
warden.container({theirs!r}, {docker_host!r}); warden.release({theirs!r})
tell(0)
""")
    victim.line()
    assert left(docker_host) == {ours, labelled, theirs}
    assert victim.kill() == ""
    assert left(docker_host) == {theirs}


def test_one_that_is_made_while_we_are_killed_goes_too(main: Callable[[str], Main], docker_host: str) -> None:
    victim = main(f"warden.label('owner=us', {docker_host!r}); tell(0)")
    victim.line()
    # As if the engine had been slow with a call that was under way.
    victim.process.kill()
    late = container(docker_host, "us")
    victim.complaints()
    assert late not in left(docker_host)


def test_a_stop_removes_them_too(warden: Warden, docker_host: str) -> None:
    from rehearsal.warden.handle import Warden  # noqa: PLC0415 - a second one beside the fixture's

    own = Warden()
    own.label("owner=us", docker_host)
    container(docker_host, "us")
    assert own.stop() == []
    assert left(docker_host) == set()
