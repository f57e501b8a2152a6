"""One local AWS, from its start to its end."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import inspect
import logging
import os
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.session import Session

from rehearsal.cloud import Cloud
from rehearsal.dataplane.handle import DataPlane
from rehearsal.engine.choose import choose
from rehearsal.folder import Folder
from rehearsal.loading import lighten
from rehearsal.registry.handle import Registry
from rehearsal.warden.handle import Warden

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.engine.choose import Wanted

LOG = logging.getLogger("rehearsal")
HOST = "127.0.0.1"
# The bus comes first, because the others announce things on it.
ENGINES = (
    "eventbus",
    "loadbalancing",
    "ecr",
    "ecs",
    "functions",
    "codebuild",
    "codepipeline",
    "sources",
    "metrics",
    "faults",
    "cloudformation",
)
PATIENCE = 5.0


class StartError(Exception):
    """The server cannot start, for a reason that the user can change."""


@dataclass(frozen=True)
class Settings:
    """What the user may choose."""

    region: str = "us-east-1"
    port: int = 0
    state: Path | None = None
    engine: Wanted = "auto"
    permissions: bool = True


class Server:
    """A running cloud; whatever it started is gone when it is closed."""

    def __init__(self, settings: Settings) -> None:
        """Start it."""
        if not shutil.which("git"):
            raise StartError("git is missing: the sources of pipelines are git repositories. Install it.")
        _require_region(settings.region)
        self._closing = contextlib.ExitStack()
        try:
            self._open(settings)
        except BaseException:
            self._closing.close()
            raise

    def __enter__(self) -> Server:
        """Use it."""
        return self

    def __exit__(self, *unused: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End everything, in the reverse order of its start."""
        self._closing.close()

    def _open(self, settings: Settings) -> None:
        listening = _listen(settings.port)
        self._closing.callback(listening.close)
        warden = Warden()
        self._closing.callback(warden.stop)
        folder = Folder(settings.state, warden)
        self._closing.callback(folder.leave)
        self.cloud = Cloud(settings.region, folder.path, endpoint=f"http://{HOST}:{listening.getsockname()[1]}")
        self.cloud.warden = warden
        self._closing.callback(self._join)
        self.cloud.enforce_iam = settings.permissions
        engines, service = self._prepare(settings)
        self._closing.enter_context(service.guarded(self.cloud))
        self._install(engines)
        self._closing.enter_context(service.serving(self.cloud, self.engine.kind, listening))
        self._start(engines)

    def _prepare(self, settings: Settings) -> tuple[dict[str, Any], Any]:
        """Start the children, and import what takes long while they come up."""
        with ThreadPoolExecutor(1, "children") as starter:
            started = starter.submit(self._start_children, settings)
            lighten()
            service = importlib.import_module("rehearsal.serving")
            engines = {name: importlib.import_module(f"rehearsal.{name}") for name in ENGINES}
        started.result()
        return engines, service

    def _start_children(self, settings: Settings) -> None:
        cloud = self.cloud
        self.engine = choose(settings.engine, cloud.warden, cloud.state / "engine")
        self._closing.callback(self.engine.stop)
        cloud.docker_host = self.engine.docker_host
        self.registry = Registry.start(cloud.warden, cloud.state / "registry")
        self._closing.callback(self.registry.stop)
        cloud.images, cloud.registry = self.registry, self.registry.host
        cloud.dataplane = DataPlane(on_start=cloud.warden.process)
        cloud.dataplane.start()
        self._closing.callback(cloud.dataplane.stop)

    def _install(self, engines: dict[str, Any]) -> None:
        for name, engine in engines.items():
            installed = engine.install(self.cloud)
            if name == "codepipeline":
                installed.gate = self.cloud.gate
            self._closing.callback(_stop, engine, self.cloud)

    def _start(self, engines: dict[str, Any]) -> None:
        for engine in engines.values():
            start = getattr(engine, "start", None)
            if start:
                start(self.cloud)
        # What runs by itself ends first, while what it calls still answers.
        for engine in engines.values():
            halt = getattr(engine, "halt", None)
            if halt:
                self._closing.callback(halt)
        self._closing.callback(self.cloud.workers.stopping.set)

    def _join(self) -> None:
        for name in self.cloud.workers.stop(PATIENCE):
            LOG.warning("%s did not end within %.0f s", name, PATIENCE)


def _require_region(name: str) -> None:
    session = Session()
    known = {each for part in session.get_available_partitions() for each in session.get_available_regions("sts", part)}
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise StartError(
            f"AWS has no region {name!r}; give one such as {near[0] if near else 'eu-west-1'} with --region."
        )


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listening.close()
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise StartError(f"Port {port} cannot be used ({reason}). Choose another one with --port.") from error
    listening.listen(128)
    return listening


def _stop(engine: Any, cloud: Cloud) -> None:
    stop = getattr(engine, "stop", None)
    if stop is None:
        return
    if inspect.signature(stop).parameters:
        stop(cloud)
    else:
        stop()
