"""Faults of what runs: functions, tasks and targets."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError
from werkzeug.exceptions import BadRequest

from rehearsal import ecs
from rehearsal.functions.seam import fleet

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

Target = tuple[str, str, int]


def kill_function(function: str, call: int, when: Literal["before", "after"]) -> None:
    """End the function's next process at one of its calls."""
    try:
        fleet().faults.kill(function, call, when)
    except ValueError as error:
        raise BadRequest(str(error)) from error


def tasks(cloud: Cloud, cluster: str, service: str, count: int | None) -> list[str]:
    """Return the first running tasks of a service."""
    try:
        found = cloud.client("ecs").list_tasks(cluster=cluster, serviceName=service)["taskArns"]
    except ClientError as error:
        raise BadRequest(error.response["Error"]["Message"]) from error
    return list(found[:count])


def stop_task(cloud: Cloud, cluster: str, task: str, reason: str) -> None:
    """Stop a task as an operator would."""
    try:
        cloud.client("ecs").stop_task(cluster=cluster, task=task, reason=reason)
    except ClientError as error:
        raise BadRequest(error.response["Error"]["Message"]) from error


def kill_task(_cloud: Cloud, cluster: str, task: str, reason: str) -> None:
    """End a task as a crash would."""
    _require(cluster, task, runs=ecs.kill_task(cluster, task, reason))


def sicken_task(_cloud: Cloud, cluster: str, task: str, reason: str) -> None:
    """Have a task fail its container health checks, so that it is replaced."""
    _require(cluster, task, runs=ecs.sicken_task(cluster, task, reason))


def _require(cluster: str, task: str, *, runs: bool) -> None:
    if not runs:
        raise BadRequest(f"There is no task {task} that runs in the cluster {cluster}.")


class Unhealthy:
    """Targets that are out of order on purpose."""

    def __init__(self, cloud: Cloud) -> None:
        """Start with none."""
        self._cloud = cloud
        self._targets: dict[str, list[Target]] = {}
        self._guard = threading.Lock()
        self._last = 0

    def add(self, group: str, address: str, port: int | None) -> str:
        """Let the checks of a target fail, or those of all targets that a group has now."""
        found = self._found(group, address, port)
        with self._guard:
            self._last += 1
            name = f"target-{self._last}"
            self._targets[name] = found
        for target in found:
            self._set(target, failing=True)
        return name

    def remove(self, name: str) -> bool:
        """Go by what the targets answer again, and say whether they were out of order."""
        with self._guard:
            gone = self._targets.pop(name, [])
            still = {target for targets in self._targets.values() for target in targets}
        for target in set(gone) - still:
            self._set(target, failing=False)
        return bool(gone)

    def listed(self) -> dict[str, dict[str, Any]]:
        """Return what is out of order, by name."""
        with self._guard:
            return {
                name: {
                    "kind": "unhealthy-target",
                    "target_group": targets[0][0],
                    "targets": [f"{address}:{port}" for _, address, port in targets],
                }
                for name, targets in self._targets.items()
            }

    def _found(self, group: str, address: str, port: int | None) -> list[Target]:
        balancing = self._cloud.client("elbv2", _region(group) or self._cloud.region)
        try:
            arn = group
            if not group.startswith("arn:"):
                arn = balancing.describe_target_groups(Names=[group])["TargetGroups"][0]["TargetGroupArn"]
            described = balancing.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        except ClientError as error:
            raise BadRequest(error.response["Error"]["Message"]) from error
        targets = [(arn, str(each["Target"]["Id"]), int(each["Target"]["Port"])) for each in described]
        meant = [each for each in targets if address in ("", each[1]) and port in (None, each[2])]
        if not meant:
            raise BadRequest(f"The target group {group} has no such target; it has {[each[1:] for each in targets]}.")
        return meant

    def _set(self, target: Target, *, failing: bool) -> None:
        group, address, port = target
        backend = self._cloud.backend("elbv2", _region(group))
        backend.fail_target(group, address, port, failing=failing)


def _region(arn: str) -> str:
    return arn.split(":")[3] if arn.startswith("arn:") else ""
