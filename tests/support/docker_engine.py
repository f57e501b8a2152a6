"""A real Docker engine and a real registry for the tests that need them, and base images that need no download."""

import contextlib
import gc
import re
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container

from tests.support import python_image

LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """Return a client of the Docker engine, or skip the test with the reason."""
    client = _connected()
    if isinstance(client, str):
        pytest.skip(f"no Docker engine answers: {client}")
    yield client
    client.close()


def _connected() -> docker.DockerClient | str:
    # The SDK drops a socket on which nobody answered without closing it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            return docker.from_env()
        except DockerException as why:
            reason = str(why)
        gc.collect()
        return reason


@pytest.fixture(scope="session")
def registry(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a registry on loopback, return its `host:port`, and remove what was tagged for it from the engine."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("docker-registry is not installed")
    folder = tmp_path_factory.mktemp("registry")
    settings = folder / "config.yml"
    settings.write_text(
        "version: 0.1\nlog: {level: info, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder / 'data'}}}}}\n"
        "http: {addr: '127.0.0.1:0'}\n"
    )
    with subprocess.Popen([program, "serve", str(settings)], stderr=subprocess.PIPE, text=True) as process:
        address = _announced_address(process)
        yield address
        process.terminate()
        process.communicate()
    remove_images_of(engine, address)


def remove_images_of(engine: docker.DockerClient, registry: str) -> None:
    """Remove from the engine what is named after a registry."""
    # In one call: with one for each image, an image that another test removes meanwhile would be an error.
    for image in engine.api.images():
        for name in [*(image["RepoTags"] or []), *(image["RepoDigests"] or [])]:
            # With an image's last tag, its digests may be gone as well.
            with contextlib.suppress(ImageNotFound):
                if name.startswith(f"{registry}/"):
                    engine.images.remove(name, force=True)


def _announced_address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if found := LISTENING.search(line):
            return found[1]
    raise RuntimeError("the registry did not start:\n" + "".join(seen))


@pytest.fixture(scope="session")
def busybox() -> Path:
    """Return a statically linked busybox, which makes a whole image of one file."""
    program = shutil.which("busybox")
    if program is None or python_image.shared_libraries([Path(program)]):
        pytest.skip("no statically linked busybox is installed (Debian: busybox-static)")
    return Path(program)


@pytest.fixture(scope="session")
def python_base(engine: docker.DockerClient) -> str:
    """Return the name of an image that holds the Python that runs the tests; it is made once for each engine."""
    return python_image.made_in(engine)


def port_of(container: Container, said: bytes, deadline: float = 20) -> int:
    """Wait until the container has said something, and return the port by which its port 8080 is reached."""
    until = time.monotonic() + deadline
    while said not in container.logs():
        assert time.monotonic() < until, f"the container said only {container.logs()!r}"
        time.sleep(0.05)
    container.reload()
    return int(container.ports["8080/tcp"][0]["HostPort"])


def output_of(engine: docker.DockerClient, image: str, command: list[str] | None = None, **options: Any) -> bytes:
    """Run a container to its good end and return what it printed.

    The SDK's own way follows the log of a container that may have ended, and now and then an engine has nothing then.
    """
    container = engine.containers.run(image, command, detach=True, **options)
    try:
        status = container.wait(timeout=60)["StatusCode"]
        printed = container.logs()
    finally:
        container.remove(force=True)
    assert status == 0, printed
    return printed
