"""What a container definition means to the container engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rehearsal.ecs.records import Document

MIB = 1 << 20
OVERRIDABLE: tuple[str, ...] = ("command", "cpu", "memory", "memoryReservation")
SECOND = 1_000_000_000
# What AWS assumes where a health check says nothing.
CHECK = {"interval": 30, "timeout": 5, "retries": 3}


def wishes(
    definition: Document,
    image: str,
    environment: Mapping[str, str],
    *,
    volumes: Iterable[str] = (),
    network: str = "",
    ports: Iterable[tuple[str, int]] = (),
) -> Document:
    """Return the request that makes the container: in the network of another one, or with ports of its own."""
    published = {f"{port}/tcp": [{"HostIp": address, "HostPort": str(port)}] for address, port in ports}
    linux = definition.get("linuxParameters") or {}
    host: Document = {
        "LogConfig": {"Type": "json-file", "Config": {}},
        "ReadonlyRootfs": bool(definition.get("readonlyRootFilesystem")),
        "Privileged": bool(definition.get("privileged")),
        "Init": bool(linux.get("initProcessEnabled")),
        "Tmpfs": {**_mounted(definition, volumes), **_tmpfs(linux)},
        "Ulimits": [_ulimit(each) for each in definition.get("ulimits") or []],
        "Memory": int(definition.get("memory") or 0) * MIB,
        "MemoryReservation": int(definition.get("memoryReservation") or 0) * MIB,
        "CpuShares": int(definition.get("cpu") or 0),
    }
    capabilities = linux.get("capabilities") or {}
    host |= {"CapAdd": capabilities.get("add"), "CapDrop": capabilities.get("drop")}
    host |= {"Sysctls": {each["namespace"]: each["value"] for each in definition.get("systemControls") or []}}
    host |= {"NetworkMode": f"container:{network}"} if network else {"PortBindings": published}
    body: Document = {
        "Image": image,
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "HostConfig": {name: value for name, value in host.items() if value},
        "Labels": dict(definition.get("dockerLabels") or {}),
        "ExposedPorts": {} if network else {key: {} for key in published},
        "Cmd": definition.get("command"),
        "Entrypoint": definition.get("entryPoint"),
        "User": definition.get("user"),
        "WorkingDir": definition.get("workingDirectory"),
        "Hostname": None if network else definition.get("hostname"),
        "StopTimeout": definition.get("stopTimeout"),
        "Healthcheck": _check(definition.get("healthCheck")),
    }
    return {name: value for name, value in body.items() if value}


def environment(definition: Document, override: Document) -> dict[str, str]:
    """Return the variables that the definition and the caller set."""
    both = [*(definition.get("environment") or []), *(override.get("environment") or [])]
    return {str(each["name"]): str(each.get("value", "")) for each in both}


def overridden(definition: Document, override: Document) -> Document:
    """Return a definition with what the caller of RunTask wants otherwise."""
    return {**definition, **{name: override[name] for name in OVERRIDABLE if name in override}}


def _mounted(definition: Document, volumes: Iterable[str]) -> dict[str, str]:
    known = set(volumes)
    return {
        # The engine's own default forbids to run what lies there; AWS's does not.
        str(each["containerPath"]): "exec,ro" if each.get("readOnly") else "exec"
        for each in definition.get("mountPoints") or []
        if each["sourceVolume"] in known
    }


def _tmpfs(linux: Document) -> dict[str, str]:
    return {
        str(each["containerPath"]): ",".join([f"size={each['size']}m", *each.get("mountOptions", [])])
        for each in linux.get("tmpfs") or []
    }


def _ulimit(given: Document) -> Document:
    return {"Name": given["name"], "Soft": given["softLimit"], "Hard": given["hardLimit"]}


def _check(given: Document | None) -> Document | None:
    if not given:
        return None
    told: dict[str, Any] = {**CHECK, **given}
    return {
        "Test": list(told["command"]) if len(told["command"]) > 1 else ["CMD-SHELL", *told["command"]],
        "Interval": told["interval"] * SECOND,
        "Timeout": told["timeout"] * SECOND,
        "Retries": told["retries"],
        "StartPeriod": told.get("startPeriod", 0) * SECOND,
    }
