"""A real Docker engine and a real registry for the tests that need them, and base images that need no download."""

import contextlib
import gc
import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from docker.errors import DockerException, ImageNotFound
from docker.models.containers import Container

LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")
# Parts of the standard library that no server imports, and which are most of its size.
LEFT_OUT = re.compile(
    r"test|idlelib|tkinter|turtledemo|lib2to3|ensurepip|distutils|pydoc_data|site-packages|__pycache__|config-.*"
    r"|(_test|_xxtest|_tkinter|_curses|_sqlite3|_ssl|_decimal|nis|readline).*\.so"
)


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
    if program is None or _shared_libraries([Path(program)]):
        pytest.skip("no statically linked busybox is installed (Debian: busybox-static)")
    return Path(program)


@pytest.fixture(scope="session")
def python_base(engine: docker.DockerClient) -> str:
    """Return the name of an image that holds the Python that runs the tests; it is made once for each engine."""
    name = f"flipside-tests/python:{sys.version.split()[0]}"
    try:
        engine.images.get(name)
    except ImageNotFound:
        repository, tag = name.split(":")
        engine.api.import_image_from_data(
            _python_files(), repository, tag, changes=["ENV PATH=/usr/local/bin:/usr/bin:/bin"]
        )
    return name


def port_of(container: Container, said: bytes, deadline: float = 20) -> int:
    """Wait until the container has said something, and return the port by which its port 8080 is reached."""
    until = time.monotonic() + deadline
    while said not in container.logs():
        assert time.monotonic() < until, f"the container said only {container.logs()!r}"
        time.sleep(0.05)
    container.reload()
    return int(container.ports["8080/tcp"][0]["HostPort"])


def _python_files() -> bytes:
    files = io.BytesIO()
    stdlib = Path(sysconfig.get_path("stdlib"))
    with tarfile.open(fileobj=files, mode="w", dereference=True) as tar:
        tar.add(os.path.realpath(sys.executable), "usr/local/bin/python3")
        tar.add(stdlib, f"usr/local/{sys.platlibdir}/{stdlib.name}", filter=_needed)
        extensions = [file for file in stdlib.glob("lib-dynload/*.so") if not LEFT_OUT.fullmatch(file.name)]
        for library in _shared_libraries([Path(sys.executable), *extensions]):
            tar.add(library, library.lstrip("/"))
    return files.getvalue()


def _needed(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if any(LEFT_OUT.fullmatch(part) for part in Path(entry.name).parts) else entry


def _shared_libraries(programs: list[Path]) -> set[str]:
    # A program that needs none is an error to ldd.
    listing = subprocess.run(["ldd", *map(str, programs)], capture_output=True, text=True, check=False).stdout
    return set(re.findall(r"(?:=>\s*|^\s*)(/\S+) \(0x", listing, flags=re.MULTILINE))
