"""Fixtures for the functions' tests: AWS in memory, sides, and jobs to answer."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws import account, jobs, shared_sides, sides
from tests.support.container import Container, Log
from tests.support.sides import Sides
from tests.support.wire import Fault

SECRETS = ("ASIAFAKE", "fakeSecretAccessKey", "fakeSessionToken", "fake-encryption-key", "greeter/Discovered/Fq9pXsW")

__all__ = ["account", "jobs", "shared_sides", "sides"]


@pytest.fixture(scope="module")
def started_flip(shared_sides: Sides) -> Container:
    """Start the flip cold, once."""
    return Container("lambdas.flip", shared_sides.names)


@pytest.fixture
def flip(started_flip: Container) -> Container:
    """Have a warm flip to which nothing happens."""
    started_flip.wire.expect(Fault())
    return started_flip


@pytest.fixture
def no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let botocore try again without a pause."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


@pytest.fixture
def log(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Log]:
    """Read what was logged so far; nothing of a job's artifacts is ever in it, nor in what botocore logs."""
    caplog.set_level(logging.DEBUG)
    written: list[str] = []

    def read() -> list[Any]:
        captured = capfd.readouterr()
        written.extend(captured)
        return [json.loads(line) for line in captured.out.splitlines()]

    yield read
    read()
    everything = "".join(written) + caplog.text
    assert not [secret for secret in SECRETS if secret in everything]
