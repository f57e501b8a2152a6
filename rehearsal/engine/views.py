"""Containers and images as clients read them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from rehearsal.engine import clock

if TYPE_CHECKING:
    from rehearsal.engine.container import Container
    from rehearsal.engine.images import Image
    from rehearsal.engine.layers import Layers

BRIDGES = ("default", "bridge", "")
UNITS = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def container(each: Container) -> dict[str, Any]:
    """Return all about a container."""
    program, *arguments = each.argv
    return {
        "Id": each.id,
        "Created": each.created,
        "Path": program,
        "Args": arguments,
        "State": _state(each),
        "Image": each.image.id,
        "Name": f"/{each.name}",
        "RestartCount": 0,
        "Driver": "process",
        "Platform": "linux",
        "LogPath": "",
        "ExecIDs": None,
        "HostConfig": each.host,
        "Mounts": [],
        "Config": {**each.config, "Hostname": each.config["Hostname"] or each.short_id},
        "NetworkSettings": _network(each),
    }


def container_row(each: Container) -> dict[str, Any]:
    """Return what a list says about a container."""
    settings = _network(each)
    return {
        "Id": each.id,
        "Names": [f"/{each.name}"],
        "Image": each.config["Image"],
        "ImageID": each.image.id,
        "Command": " ".join(each.argv),
        "Created": clock.seconds_of(each.created),
        "Ports": _port_rows(each),
        "Labels": each.config["Labels"],
        "State": each.status,
        "Status": _sentence(each),
        "HostConfig": {"NetworkMode": each.host["NetworkMode"]},
        "NetworkSettings": {"Networks": settings["Networks"]},
        "Mounts": [],
    }


def image(each: Image, layers: Layers) -> dict[str, Any]:
    """Return all about an image."""
    size = sum(layers.size(diff_id) for diff_id in each.diff_ids)
    return {
        "Id": each.id,
        "RepoTags": sorted(each.tags),
        "RepoDigests": sorted(each.digests),
        "Parent": "",
        "Comment": "",
        "Created": each.created,
        "DockerVersion": each.document.get("docker_version", ""),
        "Author": each.document.get("author", ""),
        "Config": each.config,
        "Architecture": each.document.get("architecture", ""),
        "Os": each.document.get("os", ""),
        "Size": size,
        "VirtualSize": size,
        "RootFS": {"Type": "layers", "Layers": each.diff_ids},
        "Metadata": {"LastTagTime": clock.NEVER},
    }


def image_row(each: Image, layers: Layers) -> dict[str, Any]:
    """Return what a list says about an image."""
    size = sum(layers.size(diff_id) for diff_id in each.diff_ids)
    return {
        "Id": each.id,
        "ParentId": "",
        "RepoTags": sorted(each.tags) or ["<none>:<none>"],
        "RepoDigests": sorted(each.digests) or ["<none>@<none>"],
        "Created": clock.seconds_of(each.created),
        "Size": size,
        "VirtualSize": size,
        "SharedSize": -1,
        "Labels": each.config.get("Labels"),
        "Containers": -1,
    }


def history(each: Image, layers: Layers) -> list[dict[str, Any]]:
    """Return how an image was made, the last step first."""
    rows, sizes = [], iter(each.diff_ids)
    for step in each.document.get("history") or []:
        size = 0 if step.get("empty_layer") else layers.size(next(sizes))
        rows.append(
            {
                "Id": "<missing>",
                "Created": clock.seconds_of(step.get("created") or each.created),
                "CreatedBy": step.get("created_by", ""),
                "Tags": None,
                "Size": size,
                "Comment": step.get("comment", ""),
            }
        )
    if rows:
        rows[-1] |= {"Id": each.id, "Tags": sorted(each.tags) or None}
    return rows[::-1]


def _state(each: Container) -> dict[str, Any]:
    state = {
        "Status": each.status,
        "Running": each.is_running,
        "Paused": False,
        "Restarting": False,
        "OOMKilled": False,
        "Dead": False,
        "Pid": each.program.pid if each.program and each.is_running else 0,
        "ExitCode": each.exit_code,
        "Error": each.error,
        "StartedAt": each.started,
        "FinishedAt": each.finished,
    }
    return {**state, "Health": each.health.told()} if each.health else state


def _network(each: Container) -> dict[str, Any]:
    mode = each.host["NetworkMode"]
    address = each.lodging.address if each.lodging else ""
    is_bridge = mode in BRIDGES
    name = "bridge" if is_bridge else mode
    own = not mode.startswith("container:")
    return {
        "Ports": _ports(each),
        # As in Docker, only the default network's address stands here.
        "IPAddress": address if is_bridge else "",
        "IPPrefixLen": 8 if is_bridge and address else 0,
        "Gateway": "",
        "MacAddress": "",
        "Networks": {name: {"IPAddress": address, "IPPrefixLen": 8 if address else 0, "Gateway": ""}} if own else {},
    }


def _ports(each: Container) -> dict[str, Any]:
    if not each.lodging:
        return {}
    exposed: dict[str, Any] = dict.fromkeys(each.config.get("ExposedPorts") or {})
    return {**exposed, **each.lodging.published}


def _port_rows(each: Container) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for port, places in _ports(each).items():
        number, _, protocol = port.partition("/")
        row = {"PrivatePort": int(number), "Type": protocol}
        rows += [{"IP": at["HostIp"], **row, "PublicPort": int(at["HostPort"])} for at in places or ()] or [row]
    return rows


def _sentence(each: Container) -> str:
    if each.is_running:
        health = f" ({each.health.status})" if each.health else ""
        return f"Up {_ago(each.started)}{health.replace('(starting', '(health: starting')}"
    if each.status == "exited":
        return f"Exited ({each.exit_code}) {_ago(each.finished)} ago"
    return each.status.capitalize()


def _ago(moment: str) -> str:
    seconds = max(0, int(time.time()) - clock.seconds_of(moment))
    for name, length in UNITS:
        if seconds >= length:
            count = seconds // length
            return f"{count} {name}{'s' if count > 1 else ''}"
    return "Less than a second"
