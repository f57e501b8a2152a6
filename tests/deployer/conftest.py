"""Fixtures for the deployer's tests: its folder and environment, AWS in memory, and engines fake and real."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
import requests
import urllib3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from moto.server import ThreadedMotoServer

from deployer.__main__ import main
from tests.support.docker_engine import busybox, engine, python_base, registry
from tests.support.fake_docker import FakeEngine, fake_engine
from tests.support.releases import COMMIT, NEW, PACKAGE, URI

__all__ = ["busybox", "engine", "python_base", "registry"]


class Run(NamedTuple):
    """How a run of the deployer ended."""

    code: int
    out: str
    err: str


Deployer = Callable[..., Run]


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """Run an AWS in memory and return its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a fresh folder, as an action stands in the pipeline's package."""
    here = tmp_path / "package"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path))
    return here


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """Return a session that all tests share, since reading the service models is what takes its time."""
    return boto3.Session("testing", "testing", region_name="eu-west-1")


@pytest.fixture
def aws(moto: str, session: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Be in an empty account."""
    requests.post(f"{moto}/moto-api/reset", timeout=10).raise_for_status()
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", session)


@pytest.fixture
def answer(aws: None, session: boto3.Session) -> Iterator[Callable[[str, int, str, str], None]]:
    """Return a function that makes AWS answer an operation with an error: its HTTP status, code and message."""
    with contextlib.ExitStack() as answers:

        def answer(operation: str, status: int, code: str, message: str) -> None:
            def reply(request: AWSPreparedRequest, **_: Any) -> Any:
                if operation.startswith("ecr"):
                    body = json.dumps({"__type": code, "message": message})
                else:
                    body = (
                        f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
                    )
                raw = urllib3.HTTPResponse(io.BytesIO(body.encode()), preload_content=False)
                return AWSResponse(request.url, status, HTTPHeaders(), raw)

            event = f"before-send.{operation}"
            session.events.register(event, reply)
            answers.callback(session.events.unregister, event, reply)

        yield answer


@pytest.fixture
def deployer(aws: None, capsys: pytest.CaptureFixture[str]) -> Deployer:
    """Return a function that runs the deployer with its arguments."""

    def run(*arguments: str) -> Run:
        capsys.readouterr()
        code = main(arguments)
        return Run(code, *capsys.readouterr())

    return run


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[FakeEngine]:
    """Run an engine that says what the test tells it to say."""
    with fake_engine() as script:
        monkeypatch.setenv("DOCKER_HOST", script.url)
        yield script


@pytest.fixture
def handed_over(folder: Path) -> Callable[[], dict[str, Any] | None]:
    """Return a function that reads build.json, or says None if there is none."""
    build = folder / "build.json"
    return lambda: json.loads(build.read_text()) if build.exists() else None


@pytest.fixture
def project(aws: None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand where the action stands: a repository, the source beside the package, and the environment."""
    boto3.client("ecr").create_repository(repositoryName="greeter", imageTagMutability="IMMUTABLE")
    source = folder.parent / "source"
    source.mkdir()
    (source / "Dockerfile").write_text("FROM scratch\n")
    monkeypatch.setenv("REPOSITORY_URI", URI)
    monkeypatch.setenv("COMMIT", COMMIT)
    monkeypatch.setenv("APP_DIR", str(source))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    return source


@pytest.fixture
def built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand where the discovery stands: the tag that was built, the package, and the environment."""
    (folder / "build.json").write_text(json.dumps({"tag": NEW}))
    (folder / "package.json").write_text(json.dumps({"package": PACKAGE, "app": "greeter"}))
    monkeypatch.setenv("LOAD_BALANCER", "greeter")
    monkeypatch.setenv("PRODUCTION_PORT", "80")
    monkeypatch.setenv("TEST_PORT", "8080")
