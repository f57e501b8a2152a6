"""Services and tasks as the API describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.ecs.records import Container, Deployment, Document, Revision, Service, Task

PENDING = ("PROVISIONING", "PENDING", "ACTIVATING")
# Tasks that are taken out of service still run.
RUNNING = ("RUNNING", "DEACTIVATING", "STOPPING")
PLATFORM = "1.4.0"


def service(one: Service, tasks: Iterable[Task]) -> Document:
    """Describe a service."""
    own = list(tasks)
    revision = one.primary.revision if one.deployments else None
    kept = ("availabilityZoneRebalancing", "placementConstraints", "placementStrategy", "schedulingStrategy")
    said = {
        "serviceArn": one.arn,
        "serviceName": one.name,
        "clusterArn": one.cluster,
        "status": one.status,
        "desiredCount": one.desired,
        "serviceRegistries": [],
        "deploymentConfiguration": one.rollout,
        "deployments": [deployment(each, one, own) for each in one.deployments],
        "events": list(one.events),
        "createdAt": one.created,
        "createdBy": one.created_by,
        "healthCheckGracePeriodSeconds": one.settings.get("healthCheckGracePeriodSeconds"),
        "tags": list(one.tags),
        **{name: one.settings[name] for name in (*kept, "deploymentController") if name in one.settings},
        **_counts(own),
    }
    return _present({**said, **(_placed(revision) if revision else {}), **_how(revision)})


def deployment(one: Deployment, of: Service, tasks: Iterable[Task]) -> Document:
    """Describe a deployment."""
    is_primary = one is of.primary
    return _present(
        {
            "id": one.id,
            "status": "PRIMARY" if is_primary else "ACTIVE",
            "taskDefinition": one.revision.definition.arn,
            "desiredCount": of.desired if is_primary else 0,
            "failedTasks": one.failed,
            "createdAt": one.created,
            "updatedAt": one.updated,
            "rolloutState": one.state,
            "rolloutStateReason": one.reason,
            **_placed(one.revision),
            **_counts(task for task in tasks if task.deployment == one.id),
        }
    )


def task(one: Task) -> Document:
    """Describe a task."""
    definition = one.revision.definition
    said = {
        "taskArn": one.arn,
        "clusterArn": one.cluster,
        "taskDefinitionArn": definition.arn,
        "group": one.group,
        "startedBy": one.started_by,
        "lastStatus": one.status,
        "desiredStatus": one.desired_status,
        "stopCode": one.stop_code,
        "stoppedReason": one.stopped_reason,
        "healthStatus": health_of(one),
        "availabilityZone": one.zone,
        "cpu": one.overrides.get("cpu") or definition.cpu,
        "memory": one.overrides.get("memory") or definition.memory,
        "connectivity": "CONNECTED",
        "overrides": {"containerOverrides": [{"name": each.name} for each in one.containers], **one.overrides},
        "attachments": [_attachment(one)] if definition.network_mode == "awsvpc" else [],
        "containers": [_container(each, one) for each in one.containers],
        "attributes": [{"name": "ecs.cpu-architecture", "value": "x86_64"}],
        "enableExecuteCommand": one.revision.execute_command,
        "tags": list(one.tags),
        "version": one.version,
        **one.moments,
    }
    return _present({**said, **_launched(one.revision)}, kept=("containers", "attachments", "tags"))


def health_of(one: Task) -> str:
    """Return what the health checks of a task's essential containers say together."""
    essential = [each for each in one.containers if each.essential]
    if any(each.health == "UNHEALTHY" for each in essential):
        return "UNHEALTHY"
    found = {each.health for each in essential if each.definition.get("healthCheck")}
    return "HEALTHY" if found == {"HEALTHY"} else "UNKNOWN"


def _container(one: Container, of: Task) -> Document:
    interface = {"attachmentId": of.interface, "privateIpv4Address": of.address}
    memory = one.definition.get("memory")
    return {
        "containerArn": one.arn,
        "taskArn": of.arn,
        "name": one.name,
        "image": one.definition["image"],
        "lastStatus": one.status,
        "healthStatus": one.health,
        "networkInterfaces": [interface] if of.address else [],
        "cpu": str(one.definition.get("cpu") or 0),
        **_present({"memory": str(memory) if memory else "", "imageDigest": one.digest, "reason": one.reason}),
        **_present({"runtimeId": one.runtime, "exitCode": one.exit_code}),
    }


def _attachment(one: Task) -> Document:
    details = {
        "subnetId": one.subnet,
        "networkInterfaceId": one.interface,
        "privateDnsName": f"ip-{one.address.replace('.', '-')}.ec2.internal",
        "privateIPv4Address": one.address,
    }
    status = "DELETED" if one.is_over else "ATTACHED" if one.address else "PRECREATED"
    named = [{"name": name, "value": value} for name, value in details.items() if one.address]
    return {"id": one.interface, "type": "ElasticNetworkInterface", "status": status, "details": named}


def _counts(tasks: Iterable[Task]) -> dict[str, int]:
    found = [one.status for one in tasks]
    return {
        "runningCount": sum(status in RUNNING for status in found),
        "pendingCount": sum(status in PENDING for status in found),
    }


def _launched(revision: Revision) -> Document:
    if revision.capacity:
        return {"capacityProviderName": revision.capacity[0]["capacityProvider"], **_platform(revision)}
    return {"launchType": revision.launch_type, **_platform(revision)}


def _placed(revision: Revision) -> Document:
    how: Document = (
        {"capacityProviderStrategy": list(revision.capacity)}
        if revision.capacity
        else {"launchType": revision.launch_type}
    )
    network = {"networkConfiguration": revision.network} if revision.network else {}
    family = {"platformFamily": "Linux"} if revision.platform_version else {}
    return {**how, **network, **family, "platformVersion": revision.platform_version}


def _platform(revision: Revision) -> Document:
    if revision.launch_type == "EC2" and not revision.capacity:
        return {}
    version = revision.platform_version
    return {"platformVersion": PLATFORM if version == "LATEST" else version, "platformFamily": "Linux"}


def _how(revision: Revision | None) -> Document:
    if revision is None:
        return {"loadBalancers": []}
    return {
        "taskDefinition": revision.definition.arn,
        "loadBalancers": list(revision.load_balancers),
        "propagateTags": revision.propagate_tags,
        "enableECSManagedTags": revision.managed_tags,
        "enableExecuteCommand": revision.execute_command,
    }


def _present(said: dict[str, Any], kept: tuple[str, ...] = ()) -> Document:
    return {name: value for name, value in said.items() if value not in (None, "") or name in kept}
