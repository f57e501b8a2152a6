"""Both engines, to see that the embedded one answers as the real one does."""

from __future__ import annotations

import contextlib
import gc
import http.client
import io
import json
import os
import secrets
import shutil
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import docker
import pytest

from rehearsal.addresses import Addresses
from rehearsal.engine.choose import DEFAULT_HOST, ask
from rehearsal.engine.handle import EmbeddedEngine
from rehearsal.registry.handle import Registry
from rehearsal.warden import dockerapi
from rehearsal.warden.handle import Warden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BUSYBOX = shutil.which("busybox")
# Everything that a test leaves on an engine carries this, and is removed when the tests end.
MARK = {"rehearsal-tests": secrets.token_hex(4)}
LABEL = f"rehearsal-tests={MARK['rehearsal-tests']}"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> str:
        return str(json.loads(self.body)["message"])

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.body.splitlines() if line.strip()]


class Site:
    """An engine, its client from the docker SDK, and a client that sends it anything."""

    def __init__(self, kind: str, docker_host: str) -> None:
        self.kind = kind
        self.docker_host = docker_host
        self.client = docker.DockerClient(base_url=docker_host, timeout=30)
        self._images: list[str] = []
        self._shell: Any = None

    @property
    def is_embedded(self) -> bool:
        return self.kind == "embedded"

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        line = dockerapi.connection(self.docker_host, 30)
        named = {"Content-Type": "application/json", **{key.replace("_", "-"): value for key, value in headers.items()}}
        try:
            line.request(method, path, body if isinstance(body, bytes | None) else json.dumps(body), named)
            answer = line.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            line.close()

    def name(self) -> str:
        """Return a name for an image that is removed at the end."""
        name = f"rehearsal-tests-{secrets.token_hex(4)}:1"
        self._images.append(name)
        return name

    def build(self, text: str, files: dict[str, Any] | None = None, /, **options: str) -> tuple[str, Answer]:
        """Build, and return the image's name and all that was said."""
        name = self.name()
        query = "&".join(f"{key}={value}" for key, value in {"t": name, "rm": "1", **options}.items())
        context = archive({"Dockerfile": text, **(files or {})})
        answer = self.call("POST", f"/v1.41/build?{query}", context, Content_Type="application/x-tar")
        if answer.status == http.client.OK:
            # Docker keeps an image of each stage, and only its id is known.
            self._images += [line["aux"]["ID"] for line in answer.lines if "aux" in line]
        return name, answer

    def image(self, text: str, files: dict[str, Any] | None = None, /, **options: str) -> Any:
        """Build an image that must come out well, and return it as the SDK has it."""
        name, answer = self.build(text, files, **options)
        assert answer.status == 200, answer
        assert "error" not in answer.lines[-1], answer.lines
        return self.client.images.get(name)

    def shell(self, busybox: Path) -> str:
        """Return an image with a shell in it."""
        if self._shell is None:
            files = {"busybox": busybox, "sh": "->busybox"}
            self._shell = self.image("FROM scratch\nCOPY . /bin/\n", files)
        return str(self._shell.tags[0])

    def run(self, image: Any, command: Any = None, **options: Any) -> Any:
        """Start a container."""
        reference = image if isinstance(image, str) else image.tags[0]
        labels = {**MARK, **options.pop("labels", {})}
        return self.client.containers.run(reference, command, detach=True, labels=labels, **options)

    def clean(self) -> None:
        for container in self.client.containers.list(all=True, filters={"label": LABEL}):
            with contextlib.suppress(docker.errors.APIError):
                container.remove(force=True)
        named = [image.id for name in self._images if ":1" in name for image in self.client.images.list(name)]
        # Some are built upon others, which can go only after them.
        for _ in range(3):
            for identity in dict.fromkeys([*reversed(self._images), *reversed(named)]):
                with contextlib.suppress(docker.errors.APIError):
                    self.client.images.remove(identity, force=True)
        self.client.close()
        # What the SDK forgot to close is closed here, where that is forgiven.
        gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Forgive the docker SDK that it leaves sockets to the garbage collector after following a stream."""
    forgive = "ignore:Exception ignored in. <socket.socket:pytest.PytestUnraisableExceptionWarning"
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings(forgive))


def archive(files: dict[str, Any]) -> bytes:
    """Pack files: text, bytes, `Path` for a file of this machine, a string beginning with `->` for a link."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.mtime = 1_700_000_000
            entry.mode = 0o755 if isinstance(content, Path) or name.endswith(".sh") else 0o644
            if content is None:
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            elif isinstance(content, str) and content.startswith("->"):
                entry.type, entry.linkname = tarfile.SYMTYPE, content[2:]
                tar.addfile(entry)
            else:
                data = content.read_bytes() if isinstance(content, Path) else content
                data = data.encode() if isinstance(data, str) else data
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
    return packed.getvalue()


def soon(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.01)
    return found


def fetch(address: str, port: int, path: str = "/") -> str:
    """Ask a web server that may still be starting."""

    def attempt() -> str | None:
        line = http.client.HTTPConnection(address, port, timeout=30)
        try:
            line.request("GET", path)
            return line.getresponse().read().decode()
        except OSError:
            return None
        finally:
            line.close()

    return str(soon(attempt))


@pytest.fixture(scope="module")
def warden() -> Iterator[Warden]:
    own = Warden()
    yield own
    assert own.stop() == []


@pytest.fixture(scope="module")
def embedded(warden: Warden, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    engine = EmbeddedEngine(warden, tmp_path_factory.mktemp("engine") / "state")
    site = Site("embedded", engine.docker_host)
    yield site
    site.clean()
    engine.stop()


@pytest.fixture(scope="module")
def real() -> Iterator[Site]:
    host = os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    if problem := ask(host).problem:
        pytest.skip(f"no Docker engine answers: {problem}")
    site = Site("docker", host)
    yield site
    site.clean()


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.docker)])
def site(request: pytest.FixtureRequest) -> Site:
    """Each of the two engines."""
    found: Site = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def registry(warden: Warden, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    started = Registry.start(warden, tmp_path_factory.mktemp("registry"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def addresses() -> Iterator[Addresses]:
    pool = Addresses()
    yield pool
    pool.close()


@pytest.fixture(scope="module")
def busybox() -> Path:
    """A program for images that is the same on every Linux machine."""
    if not BUSYBOX or b"statically linked" not in _description(BUSYBOX):
        pytest.skip("needs a static busybox")
    return Path(BUSYBOX)


def _description(program: str) -> bytes:
    # A dynamic program names its loader near its beginning.
    return b"" if b"/ld-linux" in Path(program).read_bytes()[:4096] else b"statically linked"
