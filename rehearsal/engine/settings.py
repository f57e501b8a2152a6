"""What a container is made from: the client's wishes over the image's defaults, and the wishes that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.engine.errors import BadRequestError, UnsupportedError
from rehearsal.engine.instructions import signal_number

if TYPE_CHECKING:
    from rehearsal.engine.images import Image

# Wishes that change what a program sees, and so cannot be quietly left out.
UNSUPPORTED_HOST = {
    "Binds": "mounting a folder of this machine into a container",
    "Mounts": "mounting anything into a container",
    "VolumesFrom": "mounting another container's volumes",
    "Links": "links between containers",
    "Devices": "giving a container a device",
    "DeviceRequests": "giving a container a device",
    "ExtraHosts": "names of a container's own",
    "Dns": "a name server of a container's own",
}
DEFAULTS = {
    "Hostname": "",
    "Domainname": "",
    "User": "",
    "AttachStdin": False,
    "AttachStdout": False,
    "AttachStderr": False,
    "Tty": False,
    "OpenStdin": False,
    "StdinOnce": False,
    "Env": None,
    "Cmd": None,
    "Image": "",
    "Volumes": None,
    "WorkingDir": "",
    "Entrypoint": None,
    "OnBuild": None,
    "Labels": None,
}
HOST_DEFAULTS = {
    "Binds": None,
    "LogConfig": {"Type": "json-file", "Config": {}},
    "NetworkMode": "default",
    "PortBindings": {},
    "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
    "AutoRemove": False,
    "Privileged": False,
    "PublishAllPorts": False,
    "ReadonlyRootfs": False,
    "Memory": 0,
    "NanoCpus": 0,
    "Runtime": "process",
}


def host_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return how the container is to be run, or refuse it."""
    given = {key: value for key, value in (body.get("HostConfig") or {}).items() if value is not None}
    for key, what in UNSUPPORTED_HOST.items():
        if given.get(key):
            raise UnsupportedError(what)
    policy = (given.get("RestartPolicy") or {}).get("Name", "")
    if policy not in ("", "no"):
        raise UnsupportedError(f"the restart policy {policy}")
    if given.get("NetworkMode") == "none":
        raise UnsupportedError("a container without a network")
    return {**HOST_DEFAULTS, **given}


def config_of(body: dict[str, Any], image: Image) -> dict[str, Any]:
    """Return what the container is, from the client's wishes and the image's defaults."""
    if body.get("Tty"):
        raise UnsupportedError("a terminal for a container (Tty)")
    wished = {key: value for key, value in body.items() if key not in ("HostConfig", "NetworkingConfig")}
    inherited = image.config
    config = {**DEFAULTS, **wished}
    for key in ("User", "WorkingDir", "StopSignal", "Healthcheck"):
        config[key] = wished.get(key) or inherited.get(key) or DEFAULTS.get(key)
    for key in ("Labels", "ExposedPorts", "Volumes"):
        config[key] = {**(inherited.get(key) or {}), **(wished.get(key) or {})} or DEFAULTS.get(key)
    config["Labels"] = config["Labels"] or {}
    config["Env"] = _environment(inherited.get("Env") or [], wished.get("Env") or [])
    _set_command(config, inherited)
    if config["StopSignal"]:
        signal_number(config["StopSignal"])
    return {key: value for key, value in config.items() if value is not None or key in DEFAULTS}


def _environment(inherited: list[str], wished: list[str]) -> list[str]:
    merged = {pair.partition("=")[0]: pair for pair in inherited}
    for pair in wished:
        name, equals, _ = pair.partition("=")
        if equals:
            merged[name] = pair
        else:
            # Naming a variable without a value takes it away.
            merged.pop(name, None)
    return list(merged.values())


def _set_command(config: dict[str, Any], inherited: dict[str, Any]) -> None:
    config["Cmd"], config["Entrypoint"] = _argv(config["Cmd"]), _argv(config["Entrypoint"])
    if config["Entrypoint"] is None:
        config["Cmd"] = config["Cmd"] or inherited.get("Cmd")
        config["Entrypoint"] = inherited.get("Entrypoint")
    elif config["Entrypoint"] in ([], [""]):
        # A client that asks for an empty entrypoint wants none, not the image's.
        config["Entrypoint"] = None
    if not [*(config["Entrypoint"] or []), *(config["Cmd"] or [])]:
        raise BadRequestError("No command specified")


def _argv(given: str | list[str] | None) -> list[str] | None:
    if isinstance(given, str):
        return [given] if given else []
    return given
