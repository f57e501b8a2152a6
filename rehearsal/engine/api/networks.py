"""Networks: names under which containers are put."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from rehearsal.engine import filters
from rehearsal.engine.errors import ConflictError
from rehearsal.engine.networks import PREDEFINED
from rehearsal.engine.request import Reply, Request, answer, done

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.engine.engine import Engine


def create(engine: Engine, request: Request) -> Reply:
    """Make a network."""
    return answer({"Id": engine.networks.create(request.json())["Id"], "Warning": ""}, HTTPStatus.CREATED)


def list_all(engine: Engine, request: Request) -> Reply:
    """List the networks."""
    return answer(filters.passing(engine.networks.all(), request.filters(), FILTERS))


def inspect(engine: Engine, request: Request) -> Reply:
    """Tell all about a network."""
    network = engine.networks.find(request.name)
    return answer({**network, "Containers": _inhabitants(engine, network["Name"])})


def remove(engine: Engine, request: Request) -> Reply:
    """Remove a network that no container is in."""
    network = engine.networks.find(request.name)
    if _inhabitants(engine, network["Name"]):
        raise ConflictError(f"error while removing network: network {network['Name']} has active endpoints")
    engine.networks.remove(request.name)
    return done()


def _inhabitants(engine: Engine, name: str) -> dict[str, Any]:
    return {
        each.id: {"Name": each.name, "IPv4Address": f"{each.lodging.address}/8"}
        for each in engine.containers.all()
        if each.lodging and each.host["NetworkMode"] in (name, "default" if name == "bridge" else name)
    }


def _is_of_type(network: dict[str, Any], kind: str) -> bool:
    return kind == ("builtin" if network["Name"] in PREDEFINED else "custom")


FILTERS: dict[str, Callable[[dict[str, Any], str], bool]] = {
    "name": lambda network, value: value in network["Name"],
    "id": lambda network, value: network["Id"].startswith(value),
    "driver": lambda network, value: network["Driver"] == value,
    "label": lambda network, value: filters.has_label(network["Labels"], value),
    "type": _is_of_type,
}
