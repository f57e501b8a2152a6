"""`python -m deployer image` with a real Docker engine and a real registry; ECR's own knowledge is in memory."""

import contextlib
import http.client
import json
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import docker
import pytest
import requests
from docker.models.containers import Container

from tests.support.docker_engine import output_of, port_of, remove_images_of
from tests.support.releases import COMMIT

pytestmark = pytest.mark.docker

GREETER = Path(__file__).parents[2] / "examples" / "greeter"
BUSYBOX = 'FROM scratch\nCOPY busybox /bin/busybox\nCMD ["/bin/busybox", "echo", "served"]\n'
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"


@pytest.fixture(autouse=True)
def source(aws: None, folder: Path, registry: str, busybox: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand where the action stands: a repository in the registry, and an application of one program."""
    boto3.client("ecr").create_repository(repositoryName="greeter", imageTagMutability="IMMUTABLE")
    source = folder.parent / "source"
    source.mkdir()
    shutil.copy(busybox, source / "busybox")
    (source / "Dockerfile").write_text(BUSYBOX)
    monkeypatch.setenv("REPOSITORY_URI", f"{registry}/greeter")
    monkeypatch.setenv("COMMIT", COMMIT)
    monkeypatch.setenv("APP_DIR", str(source))
    return source


@pytest.fixture
def uri(registry: str) -> str:
    """Return the URI of the image that is released."""
    return f"{registry}/greeter:{COMMIT}"


def handed_over(folder: Path) -> dict[str, str]:
    """Read build.env as a shell would."""
    return dict(word.split("=", 1) for word in shlex.split((folder / "build.env").read_text()))


def manifest(registry: str) -> requests.Response:
    """Ask the registry for the image that is released."""
    return requests.get(f"http://{registry}/v2/greeter/manifests/{COMMIT}", headers={"Accept": MANIFEST}, timeout=10)


def test_the_registry_has_what_was_built(
    deployer: Any, engine: docker.DockerClient, registry: str, uri: str, folder: Path
) -> None:
    run = deployer("image")
    assert (run.code, run.err) == (0, "")
    digest = manifest(registry).headers["Docker-Content-Digest"]
    assert handed_over(folder) == {"IMAGE_TAG": COMMIT, "IMAGE_URI": uri, "IMAGE_DIGEST": digest}
    engine.images.remove(uri, force=True)
    image = engine.images.pull(f"{registry}/greeter@{digest}")
    assert image.labels["org.opencontainers.image.revision"] == COMMIT
    assert (image.attrs["Os"], image.attrs["Architecture"]) == ("linux", "amd64")
    assert output_of(engine, image.id) == b"served\n"


def test_the_log_shows_steps_and_layers(deployer: Any, uri: str, source: Path) -> None:
    (source / "random").write_bytes(bytes(3_000_000))
    (source / "Dockerfile").write_text(BUSYBOX + "COPY random /random\n")
    log = deployer("image").out
    assert f"Building {uri} for linux/amd64.\n  Step 1/" in log
    assert "COPY random /random" in log
    pushing = log[log.index(f"Pushing {uri}.") :].splitlines()
    assert any(line.endswith(": Pushed") for line in pushing)
    assert len(pushing) == len(set(pushing)) < 15


def test_an_image_that_ecr_knows_is_not_built_again(
    deployer: Any, engine: docker.DockerClient, registry: str, uri: str, folder: Path
) -> None:
    deployer("image")
    first = handed_over(folder)
    boto3.client("ecr").put_image(
        repositoryName="greeter",
        imageManifest=manifest(registry).text,
        imageManifestMediaType=MANIFEST,
        imageTag=COMMIT,
        imageDigest=first["IMAGE_DIGEST"],
    )
    engine.images.remove(uri, force=True)
    run = deployer("image")
    assert "reused, not rebuilt" in run.out
    assert "Step" not in run.out
    assert handed_over(folder) == first


def test_a_step_that_fails_leaves_nothing_behind(
    deployer: Any, engine: docker.DockerClient, folder: Path, source: Path
) -> None:
    before = {container.id for container in engine.containers.list(all=True)}
    failing = 'RUN ["/bin/busybox", "sh", "-c", "echo what it said; exit 7"]'
    (source / "Dockerfile").write_text(f"{BUSYBOX}{failing}\n")
    run = deployer("image")
    assert run.code == 1
    assert "Building the image failed at step 4/" in run.err
    assert "returned a non-zero code: 7" in run.err
    assert "\n  what it said\n" in run.err
    assert {container.id for container in engine.containers.list(all=True)} == before
    assert not (folder / "build.json").exists()


@pytest.mark.parametrize(
    ("dockerfile", "sentence"),
    [
        ("FORM scratch\n", "The Docker engine refused while building the image: "),
        ("FROM scratch\nCOPY nothing /\n", "Building the image failed at step 2/"),
    ],
)
def test_a_dockerfile_that_is_wrong(deployer: Any, source: Path, dockerfile: str, sentence: str) -> None:
    (source / "Dockerfile").write_text(dockerfile)
    run = deployer("image")
    assert run.code == 1
    assert run.err.startswith(sentence)


def test_a_registry_that_does_not_answer(
    deployer: Any, engine: docker.DockerClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPOSITORY_URI", "127.0.0.1:9/greeter")
    run = deployer("image")
    remove_images_of(engine, "127.0.0.1:9")
    assert run.code == 1
    assert run.err.startswith("Pushing the image failed: ")
    assert "127.0.0.1:9" in run.err
    assert not (folder / "build.json").exists()


@pytest.fixture
def serve(engine: docker.DockerClient) -> Iterator[Callable[[str], Container]]:
    """Return a function that runs an image as Fargate does, and removes it in the end."""
    with contextlib.ExitStack() as running:

        def serve(image: str) -> Container:
            container = engine.containers.run(
                image, detach=True, read_only=True, ports={"8080/tcp": ("127.0.0.1", None)}
            )
            running.callback(container.remove, force=True)
            return container

        yield serve


def test_the_sample_application_serves_from_the_image(
    deployer: Any, python_base: str, serve: Callable[[str], Container], uri: str, source: Path
) -> None:
    shutil.copytree(GREETER, source, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    dockerfile = (source / "Dockerfile").read_text()
    (source / "Dockerfile").write_text(
        "".join(
            f"ARG BASE={python_base}\n" if line.startswith("ARG BASE=") else line
            for line in dockerfile.splitlines(True)
        )
    )
    run = deployer("image")
    assert (run.code, run.err) == (0, "")
    port = port_of(serve(uri), b"listens on port 8080")
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request("GET", "/api")
        assert json.loads(connection.getresponse().read())["version"] == "v1"
