"""One local AWS, from its start to its end."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import logging
import os
import shutil
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from rehearsal.cloud import Cloud
from rehearsal.control import Control
from rehearsal.dataplane.handle import DataPlane
from rehearsal.engine.choose import choose
from rehearsal.folder import Folder
from rehearsal.front import Front, Handler
from rehearsal.iam import seam
from rehearsal.iam.gate import Gate
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
    "cloudformation",
)
# What an engine cannot be without.
PARTS = {"cloudformation": "rehearsal.cloudformation.handlers"}
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
        self._start_children(settings)
        seam.install()
        self._closing.callback(seam.remove)
        self.cloud.enforce_iam = settings.permissions
        if settings.permissions:
            self.cloud.gate = Gate(self.cloud)
        engines = self._install()
        self._serve(listening)
        self._start(engines)

    def _start_children(self, settings: Settings) -> None:
        cloud = self.cloud
        self.engine = choose(settings.engine, cloud.warden, cloud.state / "engine")
        self._closing.callback(self.engine.stop)
        cloud.docker_host = self.engine.docker_host
        self.registry = Registry.start(cloud.warden, cloud.state / "registry", pushed=self._pushed)
        self._closing.callback(self.registry.stop)
        cloud.registry = self.registry.host
        cloud.dataplane = DataPlane(on_start=cloud.warden.process)
        cloud.dataplane.start()
        self._closing.callback(cloud.dataplane.stop)

    def _install(self) -> list[Any]:
        engines = []
        for name in ENGINES:
            if not _is_there(name):
                LOG.warning("%s is left to moto", name)
                continue
            engine = importlib.import_module(f"rehearsal.{name}")
            installed = engine.install(self.cloud)
            if name == "codepipeline":
                installed.gate = self.cloud.gate
            self._closing.callback(_stop, engine, self.cloud)
            engines.append(engine)
        return engines

    def _serve(self, listening: socket.socket) -> None:
        services = DomainDispatcherApplication(create_backend_app)
        front = Front(self.cloud, services, Control(self.cloud, self.engine.kind))
        port = listening.getsockname()[1]
        http = make_server(HOST, port, front, threaded=True, request_handler=Handler, fd=listening.fileno())
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, name="http", daemon=True)
        thread.start()
        self._closing.callback(http.server_close)
        self._closing.callback(thread.join)
        self._closing.callback(http.shutdown)

    def _start(self, engines: list[Any]) -> None:
        for engine in engines:
            start = getattr(engine, "start", None)
            if start:
                start(self.cloud)
        # Loops end first, while what they call still answers.
        self._closing.callback(self.cloud.workers.stopping.set)

    def _join(self) -> None:
        for name in self.cloud.workers.stop(PATIENCE):
            LOG.warning("%s did not end within %.0f s", name, PATIENCE)

    def _pushed(self, repository: str, tag: str, digest: str) -> None:
        detail = {
            "result": "SUCCESS",
            "repository-name": repository,
            "image-digest": digest,
            "action-type": "PUSH",
            "image-tag": tag,
        }
        arn = f"arn:aws:ecr:{self.cloud.region}:{self.cloud.account}:repository/{repository}"
        self.cloud.bus.emit("aws.ecr", "ECR Image Action", detail, [arn], self.cloud.region)


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


def _is_there(name: str) -> bool:
    if importlib.util.find_spec(f"rehearsal.{name}") is None:
        return False
    part = PARTS.get(name)
    return part is None or importlib.util.find_spec(part) is not None


def _stop(engine: Any, cloud: Cloud) -> None:
    stop = getattr(engine, "stop", None)
    if stop is None:
        return
    if inspect.signature(stop).parameters:
        stop(cloud)
    else:
        stop()
