"""Changes that would take the network away from under the application while it serves."""

from collections.abc import Iterable

from pipeline.launch.change_set import Change
from pipeline.launch.stack import TYPE as STACK

NETWORK = {"AWS::EC2::VPC", "AWS::EC2::Subnet"}


def cut_off(changes: Iterable[Change]) -> list[str]:
    """Name what of the network would be made anew or removed; tasks and load balancer cannot move there."""
    return [
        "/".join((*change.path[1:], change.resource))
        for change in changes
        if (change.replaces or change.removes) and (change.type in NETWORK or _is_network(change))
    ]


def _is_network(change: Change) -> bool:
    return change.type == STACK and change.resource == "Network"
