"""Both registries, to hold them to the same promises."""

from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from rehearsal.registry import installed
from rehearsal.registry.handle import Kind, Registry
from rehearsal.warden.handle import Warden

if TYPE_CHECKING:
    from collections.abc import Iterator


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Site:
    """A registry that was started, and a client that sends it anything."""

    def __init__(self, kind: Kind, warden: Warden, folder: Any) -> None:
        self.pushed: list[tuple[str, str, str]] = []
        self._heard = threading.Condition()
        self.registry = Registry.start(warden, folder, kind=kind, pushed=self._hear)
        self.kind = kind

    def _hear(self, *push: str) -> None:
        with self._heard:
            self.pushed.append((push[0], push[1], push[2]))
            self._heard.notify_all()

    def hears(self, push: tuple[str, str, str]) -> bool:
        with self._heard:
            return self._heard.wait_for(lambda: push in self.pushed, 60)

    def call(self, method: str, path: str, body: Any = None, chunked: bool = False, **headers: str) -> Answer:
        line = http.client.HTTPConnection(self.registry.host, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            line.request(method, path.removeprefix(f"http://{self.registry.host}"), body, named, encode_chunked=chunked)
            answer = line.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            line.close()


@pytest.fixture(scope="module")
def warden() -> Iterator[Warden]:
    own = Warden()
    yield own
    assert own.stop() == []


@pytest.fixture(scope="module", params=["docker-registry", "embedded"])
def site(request: pytest.FixtureRequest, warden: Warden, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if request.param == "docker-registry" and not installed.PROGRAM:
        pytest.skip("docker-registry is not installed")
    started = Site(request.param, warden, tmp_path_factory.mktemp("registry"))
    yield started
    started.registry.stop()
