"""Which engine to use: Docker's when it answers, else the embedded one."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import requests
from docker.errors import APIError, DockerException

from rehearsal.engine.handle import EmbeddedEngine
from rehearsal.warden import dockerapi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.warden.handle import Warden

Wanted = Literal["auto", "docker", "embedded"]
DEFAULT_HOST = "unix:///var/run/docker.sock"
PING_TIMEOUT = 3.0


class NoEngineError(Exception):
    """The engine that was asked for is not there."""


class EngineGoneError(Exception):
    """The engine was there, and is no longer."""

    def __init__(self, docker_host: str) -> None:
        """Say which one, and what to do."""
        super().__init__(
            f"The container engine on {docker_host} no longer answers: its containers can be neither started nor "
            "stopped. Start it again, then start the rehearsal again."
        )
        self.docker_host = docker_host


class Answer(NamedTuple):
    """What was found at an address: the engine's version, or else why there is none."""

    version: str = ""
    problem: str = ""


@dataclass
class Engine:
    """The engine that was chosen, and why."""

    kind: Literal["docker", "embedded"]
    docker_host: str
    reason: str
    _embedded: EmbeddedEngine | None = None

    def stop(self) -> None:
        """End it if it is ours."""
        if self._embedded:
            self._embedded.stop()


def choose(wanted: Wanted, warden: Warden, folder: Path) -> Engine:
    """Return the engine to use, starting the embedded one if that is it; its files go below the folder."""
    if wanted == "embedded":
        return _embedded(warden, folder, "as asked for")
    docker_host = os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    found = ask(docker_host)
    if found.version:
        return Engine("docker", docker_host, f"Docker {found.version} answers on {docker_host}")
    if wanted == "docker":
        raise NoEngineError(
            f"No Docker engine answers on {docker_host} ({found.problem}). Start Docker, or point DOCKER_HOST to it, "
            "or use the embedded engine, which needs nothing installed."
        )
    return _embedded(warden, folder, f"no Docker engine answers on {docker_host} ({found.problem})")


def ask(docker_host: str) -> Answer:
    """See whether an engine answers at an address."""
    try:
        status, told = dockerapi.call(docker_host, "GET", "/version", PING_TIMEOUT)
    except OSError as error:
        return Answer(problem=(error.strerror or str(error)).lower())
    except dockerapi.EngineError as error:
        return Answer(problem=str(error))
    if status == requests.codes.ok and isinstance(told, dict) and "ApiVersion" in told:
        return Answer(version=str(told.get("Version", "of an unknown version")))
    return Answer(problem="what answers there is no Docker engine")


@contextlib.contextmanager
def answering(docker_host: str) -> Iterator[None]:
    """Turn what the docker SDK raises when its engine has vanished into one clear error."""
    try:
        yield
    except APIError:
        # It has answered.
        raise
    except (requests.RequestException, DockerException, OSError) as error:
        if ask(docker_host).problem:
            raise EngineGoneError(docker_host) from error
        raise


def _embedded(warden: Warden, folder: Path, reason: str) -> Engine:
    engine = EmbeddedEngine(warden, folder)
    return Engine("embedded", engine.docker_host, reason, engine)
