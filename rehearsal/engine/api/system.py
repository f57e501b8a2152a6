"""The engine itself: is it there, what is it, what happens in it."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from rehearsal.engine import clock, references
from rehearsal.engine.registryclient import Credentials, RegistryClient
from rehearsal.engine.request import Reply, Request, answer, lines
from rehearsal.engine.stage import ARCHITECTURE
from rehearsal.engine.wire import HEADERS, OLDEST_API

if TYPE_CHECKING:
    from rehearsal.engine.engine import Engine

NAME = "embedded"
VERSION = "1.0-rehearsal"


def ping(_engine: Engine, _request: Request) -> Reply:
    """Say that it is there."""
    return Reply(body=b"OK", content_type="text/plain; charset=utf-8")


def version(_engine: Engine, _request: Request) -> Reply:
    """Say what it is."""
    api = {"ApiVersion": HEADERS["Api-Version"], "MinAPIVersion": "{}.{}".format(*OLDEST_API)}
    machine = {"Os": "linux", "Arch": ARCHITECTURE, "KernelVersion": platform.release()}
    part = {"Name": "Engine", "Version": VERSION, "Details": {**api, **machine}}
    return answer({"Platform": {"Name": NAME}, "Components": [part], "Version": VERSION, **api, **machine})


def info(engine: Engine, _request: Request) -> Reply:
    """Say how much there is of everything."""
    containers = engine.containers.all()
    running = sum(each.is_running for each in containers)
    return answer(
        {
            "ID": engine.warden.mark,
            "Name": platform.node(),
            "ServerVersion": VERSION,
            "Containers": len(containers),
            "ContainersRunning": running,
            "ContainersPaused": 0,
            "ContainersStopped": len(containers) - running,
            "Images": len(engine.images.all()),
            "Driver": "process",
            "DriverStatus": [["Isolation", "none"]],
            "LoggingDriver": "json-file",
            "CgroupDriver": "none",
            "NCPU": os.cpu_count(),
            "MemTotal": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            "OperatingSystem": f"{platform.system()} (containers are processes)",
            "OSType": "linux",
            "Architecture": platform.machine(),
            "KernelVersion": platform.release(),
            "IndexServerAddress": "",
            "RegistryConfig": {"InsecureRegistryCIDRs": ["127.0.0.0/8"], "IndexConfigs": {}, "Mirrors": None},
            "Plugins": {"Volume": [], "Network": ["bridge", "host"], "Authorization": None, "Log": ["json-file"]},
            "Runtimes": {"process": {"path": ""}},
            "DefaultRuntime": "process",
            "Swarm": {"LocalNodeState": "inactive"},
            "SecurityOptions": [],
            "Warnings": ["Containers are processes of this machine: nothing isolates them."],
            "SystemTime": clock.stamp(),
        }
    )


def log_in(_engine: Engine, request: Request) -> Reply:
    """See whether a registry takes a name and a password."""
    given = request.json()
    host = (given.get("serveraddress") or "").removeprefix("http://").removeprefix("https://").partition("/")[0]
    with RegistryClient(host, Credentials(given.get("username", ""), given.get("password", ""))):
        return answer({"Status": "Login Succeeded", "IdentityToken": ""})


def events(engine: Engine, request: Request) -> Reply:
    """Tell what happens, as it happens."""
    since, until = (clock.since_epoch(request.text(key)) for key in ("since", "until"))
    return lines(engine.events.listen(request.filters(), since, until, request.is_gone))


def distribution(_engine: Engine, request: Request) -> Reply:
    """Tell what a registry has under a name."""
    reference = references.parse(request.name)
    with RegistryClient(reference.registry) as registry:
        manifest = registry.manifest(reference.repository, reference.wanted)
    return answer(
        {
            "Descriptor": {
                "mediaType": manifest.media_type,
                "digest": manifest.digest,
                "size": len(manifest.raw),
            },
            "Platforms": [{"architecture": ARCHITECTURE, "os": "linux"}],
        }
    )
