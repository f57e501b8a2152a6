"""What callers may ask of services and tasks: AWS's rules, and what the rehearsal does not do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.ecs.errors import client, invalid, unsupported
from rehearsal.ecs.records import Revision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.cloud import Cloud
    from rehearsal.ecs.records import Definition, Document
    from rehearsal.ecs.targets import Targets

NOT_HERE = {
    "gatewayConnectors": "gateway connectors",
    "referenceId": "reference ids of tasks",
    "role": "roles by which ECS calls load balancers",
    "monitoring": "monitoring settings of a service",
    "serviceRegistries": "service registries",
    "volumeConfigurations": "volumes configured at launch",
    "vpcLatticeConfigurations": "VPC Lattice",
}
MANAGED = ("FARGATE", "FARGATE_SPOT")
# What every service has until somebody says otherwise.
ROLLOUT = {"maximumPercent": 200, "minimumHealthyPercent": 100}
BREAKER = {"enable": False, "rollback": False}


def check_supported(request: Document) -> None:
    """Refuse by name what the rehearsal does not do."""
    for what in _unsupported(request):
        raise unsupported(what)


def _unsupported(request: Document) -> Iterator[str]:
    yield from (what for name, what in NOT_HERE.items() if request.get(name))
    if (request.get("serviceConnectConfiguration") or {}).get("enabled"):
        yield "Service Connect"
    controller = (request.get("deploymentController") or {}).get("type", "ECS")
    if controller != "ECS":
        yield f"the deployment controller {controller}"
    strategy = request.get("schedulingStrategy") or "REPLICA"
    if strategy != "REPLICA":
        yield f"the scheduling strategy {strategy}"
    yield from _unsupported_rollout(request.get("deploymentConfiguration") or {})


def _unsupported_rollout(rollout: Document) -> Iterator[str]:
    strategy = rollout.get("strategy") or "ROLLING"
    if strategy != "ROLLING":
        yield f"the deployment strategy {strategy}"
    for name in (
        "lifecycleHooks",
        "bakeTimeInMinutes",
        "linearConfiguration",
        "canaryConfiguration",
        "earlySuccessCriteria",
    ):
        if rollout.get(name):
            yield f"deploymentConfiguration.{name}"
    if (rollout.get("alarms") or {}).get("enable"):
        yield "alarms that stop a deployment"
    if (rollout.get("deploymentCircuitBreaker") or {}).get("thresholdConfiguration"):
        yield "a threshold of its own for the circuit breaker"


def check_rollout(request: Document, desired: int) -> None:
    """Refuse counts and percentages that make no sense."""
    if desired < 0:
        raise invalid("desiredCount must be greater than or equal to 0.")
    rollout = {**ROLLOUT, **(request.get("deploymentConfiguration") or {})}
    low, high = rollout["minimumHealthyPercent"], rollout["maximumPercent"]
    if low < 0 or high < max(100, low) or (low == high == 100):
        raise invalid(
            "minimumHealthyPercent and maximumPercent must leave room to move: maximumPercent has to be 100 or more, "
            "and greater than minimumHealthyPercent."
        )


def completed(rollout: Document | None) -> Document:
    """Return how deployments go about it, with AWS's defaults where nothing is said."""
    told = rollout or {}
    return {
        "strategy": "ROLLING",
        "bakeTimeInMinutes": 0,
        **ROLLOUT,
        **told,
        "deploymentCircuitBreaker": {**BREAKER, **(told.get("deploymentCircuitBreaker") or {})},
    }


def revision_of(request: Document, definition: Definition, before: Revision | None) -> Revision:
    """Return how tasks are to be made, from what the caller says now and what held before."""
    old = before or Revision(definition, "EC2")

    def told(name: str, otherwise: Any) -> Any:
        return request[name] if request.get(name) is not None else otherwise

    capacity = tuple(told("capacityProviderStrategy", old.capacity))
    return Revision(
        definition=definition,
        launch_type=told("launchType", "FARGATE" if capacity else old.launch_type),
        capacity=capacity,
        platform_version=told("platformVersion", old.platform_version),
        network=told("networkConfiguration", old.network),
        load_balancers=tuple(told("loadBalancers", old.load_balancers)),
        propagate_tags=told("propagateTags", old.propagate_tags),
        managed_tags=bool(told("enableECSManagedTags", old.managed_tags)),
        execute_command=bool(told("enableExecuteCommand", old.execute_command)),
    )


def check_revision(revision: Revision, cloud: Cloud, region: str) -> None:
    """Refuse tasks that could never be placed."""
    definition = revision.definition
    if any(each["capacityProvider"] not in MANAGED for each in revision.capacity):
        raise unsupported("capacity providers other than FARGATE and FARGATE_SPOT")
    if revision.launch_type not in ("EC2", "FARGATE"):
        raise unsupported(f"the launch type {revision.launch_type}")
    network = revision.network.get("awsvpcConfiguration")
    if definition.network_mode != "awsvpc":
        if network:
            raise invalid("Network Configuration is not valid for the given networkMode of this task definition.")
        if revision.launch_type == "FARGATE":
            raise invalid("Task definition does not support launch_type FARGATE.")
        return
    if not network:
        raise invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    _check_network(network, cloud, region)


def _check_network(network: Document, cloud: Cloud, region: str) -> None:
    subnets = network.get("subnets") or []
    if not subnets:
        raise invalid("subnets can not be empty.")
    ec2 = cloud.backend("ec2", region)
    for subnet in subnets:
        if not any(subnet in zone for zone in ec2.subnets.values()):
            raise invalid(
                f"Error retrieving subnet information for [{subnet}]: The subnet ID '{subnet}' does not exist "
                "(ErrorCode: InvalidSubnetID.NotFound)"
            )
    for group in network.get("securityGroups") or []:
        if ec2.get_security_group_from_id(group) is None:
            raise invalid(
                f"Error retrieving security group information for [{group}]: The security group '{group}' does not "
                "exist (ErrorCode: InvalidGroup.NotFound)"
            )


def check_balancers(revision: Revision, targets: Targets) -> None:
    """Refuse target groups that a service cannot use."""
    known = {each["name"]: each for each in revision.definition.containers}
    for each in revision.load_balancers:
        if each.get("loadBalancerName"):
            raise unsupported("classic load balancers")
        if each.get("advancedConfiguration"):
            raise unsupported("loadBalancers.advancedConfiguration")
        group, name, port = each.get("targetGroupArn", ""), each.get("containerName"), each.get("containerPort")
        if name not in known:
            raise invalid(f"The container {name} does not exist in the task definition.")
        ports = [mapped.get("containerPort") for mapped in known[name].get("portMappings") or []]
        if port not in ports:
            raise invalid(f"The container {name} did not have a container port {port} defined.")
        if not targets.exists(group):
            raise invalid(f"The target group {group} does not exist.")
        if not targets.in_use(group):
            raise invalid(f"The target group with targetGroupArn {group} does not have an associated load balancer.")


def check_count(count: int) -> None:
    """Refuse more tasks than a call may start."""
    if not 1 <= count <= 10:
        raise client("Invalid value for parameter count: it must be between 1 and 10.")
