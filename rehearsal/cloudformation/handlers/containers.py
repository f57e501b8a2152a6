"""Clusters, task definitions, services and image repositories."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Finding, Made, Name, ResourceError, Tagging
from rehearsal.cloudformation.handlers.terms import Composed, Setting, names, settings, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.described import Document
    from rehearsal.cloudformation.handler import Call

TAGS = Tagging("TagResource", "UntagResource", {"ResourceArn": "Attributes.Arn || Id"})
CLUSTER = "Configuration ClusterSettings ServiceConnectDefaults"
PROVIDERS = "CapacityProviders DefaultCapacityProviderStrategy"
TASK = (
    "ContainerDefinitions Cpu EnableFaultInjection EphemeralStorage ExecutionRoleArn Family IpcMode Memory NetworkMode "
    "PidMode PlacementConstraints ProxyConfiguration RequiresCompatibilities RuntimePlatform TaskRoleArn Volumes"
)
SERVICE_FIXED = "Cluster DeploymentController LaunchType Role SchedulingStrategy"
SERVICE_MOVABLE = (
    "AvailabilityZoneRebalancing CapacityProviderStrategy DeploymentConfiguration DesiredCount EnableECSManagedTags "
    "EnableExecuteCommand HealthCheckGracePeriodSeconds LoadBalancers NetworkConfiguration PlacementConstraints "
    "PlacementStrategies PlatformVersion PropagateTags ServiceConnectConfiguration ServiceRegistries TaskDefinition "
    "VolumeConfigurations"
)
# As long as AWS waits for a service to settle.
PATIENCE = 3 * 3600
BROKEN = (
    "Resource handler returned message: \"Error occurred during operation 'ECS Deployment Circuit Breaker was "
    "triggered'.\" (HandlerErrorCode: GeneralServiceException)"
)


def _counted(values: dict[str, Any]) -> dict[str, Any]:
    if values.get("SchedulingStrategy") == "DAEMON":
        return values
    return {"DesiredCount": 1, **values}


def _service(call: Call, arn: str) -> dict[str, Any] | None:
    # arn:...:service/CLUSTER/NAME
    cluster = arn.split("/")[-2]
    found = call.client("ecs").describe_services(cluster=cluster, services=[arn])["services"]
    return found[0] if found else None


def _primary(call: Call, arn: str) -> dict[str, Any] | None:
    service = _service(call, arn)
    deployments = service["deployments"] if service else []
    return next((one for one in deployments if one["status"] == "PRIMARY"), None)


def _steady(call: Call, document: Document) -> None:
    """Wait for the deployment that is under way; a rollback that follows its failure does not count."""
    awaited = _primary(call, document["Id"])
    if awaited is None:
        return

    def settled() -> bool:
        service = _service(call, document["Id"])
        if service is None or service["status"] != "ACTIVE":
            raise ResourceError(f"Service {document['Id']} is gone")
        current = next((one for one in service["deployments"] if one["id"] == awaited["id"]), None)
        state = current.get("rolloutState", "COMPLETED") if current else "FAILED"
        if state == "FAILED":
            raise ResourceError(BROKEN)
        return bool(state == "COMPLETED" and service["runningCount"] == service["desiredCount"])

    call.until(settled, seconds=PATIENCE)


def _drained(call: Call, arn: str) -> None:
    """Wait until the last task is gone."""

    def gone() -> bool:
        service = _service(call, arn)
        return service is None or service["status"] == "INACTIVE"

    client = call.client("ecs")
    try:
        call.until(gone, seconds=PATIENCE)
    except client.exceptions.ClusterNotFoundException:
        return


@dataclass(frozen=True, kw_only=True)
class TaskDefinitions(Described):
    """A revision of a family; a new one may have the family's name again."""

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Register a revision."""
        return super().create(call, {"Family": call.name(255), **properties})


CLUSTER_HANDLER = Described(
    type="AWS::ECS::Cluster",
    service="ecs",
    creation=step("CreateCluster", f"{CLUSTER} {PROVIDERS}", renamed={"ClusterSettings": "settings"}),
    identity="Properties.ClusterName",
    name=Name("ClusterName", 255),
    updates=(
        step("UpdateCluster", CLUSTER, where={"cluster": "Id"}, renamed={"ClusterSettings": "settings"}),
        step("PutClusterCapacityProviders", PROVIDERS, along=PROVIDERS, where={"cluster": "Id"}),
    ),
    finding=Finding(
        step("DescribeClusters", where={"clusters": "[Id]"}),
        "Response.clusters[0].status == 'ACTIVE' && {cluster: Response.clusters[0]} || `null`",
    ),
    attributes={"Arn": "Response.cluster.clusterArn"},
    replacing=names("ClusterName"),
    tagging=TAGS,
    removal=step("DeleteCluster", where={"cluster": "Id"}),
    gone=names("ClusterNotFoundException"),
)
TASK_DEFINITION = TaskDefinitions(
    type="AWS::ECS::TaskDefinition",
    service="ecs",
    creation=step("RegisterTaskDefinition", TASK),
    identity="Response.taskDefinition.taskDefinitionArn",
    attributes={"TaskDefinitionArn": "Id"},
    replacing=names(TASK),
    tagging=TAGS,
    removal=step("DeregisterTaskDefinition", where={"taskDefinition": "Id"}),
    gone=names("ClientException"),
)
SERVICE = Described(
    type="AWS::ECS::Service",
    service="ecs",
    creation=step(
        "CreateService",
        f"{SERVICE_FIXED} {SERVICE_MOVABLE}",
        renamed={"PlacementStrategies": "placementStrategy"},
        turned=_counted,
    ),
    identity="Response.service.serviceArn",
    name=Name("ServiceName", 255),
    updates=(
        step(
            "UpdateService",
            SERVICE_MOVABLE,
            where={"cluster": "Properties.Cluster", "service": "Id"},
            renamed={"PlacementStrategies": "placementStrategy"},
        ),
    ),
    defaults={
        "CapacityProviderStrategy": [],
        "DesiredCount": 1,
        "EnableExecuteCommand": False,
        "HealthCheckGracePeriodSeconds": 0,
        "LoadBalancers": [],
        "PlacementConstraints": [],
        "PlacementStrategies": [],
        "PlatformVersion": "LATEST",
        "PropagateTags": "NONE",
        "ServiceRegistries": [],
        "VolumeConfigurations": [],
    },
    attributes={"Name": "Response.service.serviceName", "ServiceArn": "Id"},
    replacing=names(f"{SERVICE_FIXED} ServiceName"),
    tagging=TAGS,
    settle=_steady,
    vanish=_drained,
    removal=step("DeleteService", "Cluster", where={"service": "Id", "force": "`true`"}),
    gone=names("ServiceNotFoundException ServiceNotActiveException ClusterNotFoundException"),
)
ASSOCIATIONS = Described(
    type="AWS::ECS::ClusterCapacityProviderAssociations",
    service="ecs",
    creation=step("PutClusterCapacityProviders", f"{PROVIDERS} Cluster"),
    identity="Properties.Cluster",
    updates=(step("PutClusterCapacityProviders", PROVIDERS, along=f"{PROVIDERS} Cluster"),),
    replacing=names("Cluster"),
    removal=step(
        "PutClusterCapacityProviders",
        where={"cluster": "Id", "capacityProviders": "`[]`", "defaultCapacityProviderStrategy": "`[]`"},
    ),
    gone=names("ClusterNotFoundException"),
)
REPOSITORY = Composed(
    type="AWS::ECR::Repository",
    service="ecr",
    creation=step("CreateRepository", "EncryptionConfiguration ImageScanningConfiguration ImageTagMutability"),
    identity="Properties.RepositoryName",
    name=Name("RepositoryName", 256, lower=True),
    updates=(
        step("PutImageScanningConfiguration", "ImageScanningConfiguration", where={"repositoryName": "Id"}),
        step("PutImageTagMutability", "ImageTagMutability", where={"repositoryName": "Id"}),
    ),
    defaults={"ImageScanningConfiguration": {"ScanOnPush": False}, "ImageTagMutability": "MUTABLE"},
    parts=settings(
        Setting(
            "ecr",
            "LifecyclePolicy",
            "PutLifecyclePolicy",
            "repositoryName",
            remove="DeleteLifecyclePolicy",
        ),
        Setting(
            "ecr",
            "RepositoryPolicyText",
            "SetRepositoryPolicy",
            "repositoryName",
            remove="DeleteRepositoryPolicy",
            turned=lambda policy: {"policyText": policy if isinstance(policy, str) else json.dumps(policy)},
        ),
    ),
    # Asked when it is deleted.
    recorded=names("EmptyOnDelete"),
    finding=Finding(
        step("DescribeRepositories", where={"repositoryNames": "[Id]"}),
        "{repository: Response.repositories[0]}",
        names("RepositoryNotFoundException"),
    ),
    attributes={"Arn": "Response.repository.repositoryArn", "RepositoryUri": "Response.repository.repositoryUri"},
    replacing=names("EncryptionConfiguration RepositoryName"),
    tagging=Tagging("TagResource", "UntagResource", {"ResourceArn": "Attributes.Arn"}),
    removal=step(
        "DeleteRepository", "EmptyOnDelete", where={"repositoryName": "Id"}, renamed={"EmptyOnDelete": "force"}
    ),
    gone=names("RepositoryNotFoundException"),
)
HANDLERS = (CLUSTER_HANDLER, TASK_DEFINITION, SERVICE, ASSOCIATIONS, REPOSITORY)
