"""What ECS tells the event bus."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from rehearsal.ecs import described
from rehearsal.ecs.records import now

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.ecs.records import Deployment, Document, Service, Task

SOURCE = "aws.ecs"
KINDS = {"SERVICE_DEPLOYMENT_FAILED": "ERROR", "SERVICE_TASK_PLACEMENT_FAILURE": "ERROR"}
WARNINGS = ("SERVICE_TASK_START_IMPAIRED",)


def task_changed(cloud: Cloud, task: Task) -> None:
    """Tell the new state of a task."""
    detail = _plain({**described.task(task), "updatedAt": now()})
    cloud.bus.emit(SOURCE, "ECS Task State Change", cast("Document", detail), [task.arn], _region(task.arn))


def deployment_changed(cloud: Cloud, service: Service, deployment: Deployment, name: str) -> None:
    """Tell that a deployment has begun, succeeded or failed."""
    detail = {
        "eventType": KINDS.get(name, "INFO"),
        "eventName": name,
        "deploymentId": deployment.id,
        "updatedAt": _plain(deployment.updated),
        "reason": deployment.reason,
    }
    cloud.bus.emit(SOURCE, "ECS Deployment State Change", detail, [service.arn], _region(service.arn))


def service_acted(cloud: Cloud, service: Service, name: str, reason: str = "") -> None:
    """Tell what became of a service."""
    kind = "WARN" if name in WARNINGS else KINDS.get(name, "INFO")
    detail = {"eventType": kind, "eventName": name, "clusterArn": service.cluster, "createdAt": _plain(now())}
    detail |= {"reason": reason} if reason else {}
    cloud.bus.emit(SOURCE, "ECS Service Action", detail, [service.arn], _region(service.arn))


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _plain(value: Any) -> Any:
    """Return it as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
