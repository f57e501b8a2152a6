"""Services with their deployments and tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.cloud import Cloud

Fields = dict[str, Any]
MOST_EVENTS = 8
# So many can be described at once.
SERVICES_A_CALL = 10


def services(cloud: Cloud) -> list[Fields]:
    """Return the services of every cluster."""
    client = cloud.client("ecs")
    clusters = [arn for page in client.get_paginator("list_clusters").paginate() for arn in page["clusterArns"]]
    return [_service(client, cluster, one) for cluster in clusters for one in _described(client, cluster)]


def _described(client: Any, cluster: str) -> Iterator[Fields]:
    pages = client.get_paginator("list_services").paginate(cluster=cluster)
    names = [arn for page in pages for arn in page["serviceArns"]]
    for start in range(0, len(names), SERVICES_A_CALL):
        asked = names[start : start + SERVICES_A_CALL]
        yield from client.describe_services(cluster=cluster, services=asked)["services"]


def _service(client: Any, cluster: str, one: Fields) -> Fields:
    return {
        "cluster": cluster.rpartition("/")[2],
        "name": one["serviceName"],
        "status": one["status"],
        "desired": one["desiredCount"],
        "running": one["runningCount"],
        "pending": one["pendingCount"],
        "deployments": [_deployment(each) for each in one.get("deployments", [])],
        "tasks": _tasks(client, cluster, one["serviceName"]),
        "events": [
            {"time": each["createdAt"], "text": each["message"]} for each in one.get("events", [])[:MOST_EVENTS]
        ],
    }


def _deployment(one: Fields) -> Fields:
    return {
        "id": one["id"],
        "status": one["status"],
        "rollout": one.get("rolloutState"),
        "reason": one.get("rolloutStateReason"),
        "definition": one.get("taskDefinition", "").rpartition("/")[2],
        "desired": one["desiredCount"],
        "running": one["runningCount"],
        "failed": one.get("failedTasks", 0),
    }


def _tasks(client: Any, cluster: str, service: str) -> list[Fields]:
    pages = client.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service)
    names = [arn for page in pages for arn in page["taskArns"]]
    if not names:
        return []
    found = client.describe_tasks(cluster=cluster, tasks=names[:100])["tasks"]
    return [_task(one) for one in found]


def _task(one: Fields) -> Fields:
    containers = one.get("containers", [])
    interfaces = [each for container in containers for each in container.get("networkInterfaces", [])]
    return {
        "id": one["taskArn"].rpartition("/")[2],
        "status": one["lastStatus"],
        "health": one.get("healthStatus"),
        "definition": one["taskDefinitionArn"].rpartition("/")[2],
        "address": next((each.get("privateIpv4Address") for each in interfaces), None),
        "started": one.get("startedAt"),
        "reason": one.get("stoppedReason"),
        "images": [each["image"].rpartition("/")[2] for each in containers if each.get("image")],
    }
