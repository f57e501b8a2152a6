"""Task definitions: what AWS refuses at registration, and what no task can be given here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.ecs.errors import client, unsupported
from rehearsal.ecs.images import PRIVATE
from rehearsal.ecs.logs import OPTIONS
from rehearsal.ecs.records import Definition

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.ecs.records import Document

CONTAINER = {
    "credentialSpecs",
    "disableNetworking",
    "dnsSearchDomains",
    "dnsServers",
    "dockerSecurityOptions",
    "environmentFiles",
    "extraHosts",
    "firelensConfiguration",
    "interactive",
    "links",
    "pseudoTerminal",
    "repositoryCredentials",
    "resourceRequirements",
    "restartPolicy",
    "volumesFrom",
}
LINUX = {"devices", "maxSwap", "sharedMemorySize", "swappiness"}
VOLUME = {
    "dockerVolumeConfiguration",
    "efsVolumeConfiguration",
    "fsxWindowsFileServerVolumeConfiguration",
    "s3filesVolumeConfiguration",
}


def check(request: Document) -> None:
    """Refuse a registration that AWS refuses."""
    for name in ("enableFaultInjection", "trustedExecutionConfiguration"):
        if request.get(name):
            raise unsupported(name)
    containers = request.get("containerDefinitions") or []
    _check_containers(request, containers)
    if "FARGATE" in (request.get("requiresCompatibilities") or []):
        _check_fargate(request, containers)


def _check_containers(request: Document, containers: list[Document]) -> None:
    if not containers:
        raise client("Container list cannot be empty.")
    if not any(each.get("essential", True) for each in containers):
        raise client("Invalid 'containerDefinitions' setting. At least one container must be marked 'essential'.")
    names = [each.get("name") for each in containers]
    if len(set(names)) != len(names):
        raise client("Container names must be unique within a task definition.")
    for each in containers:
        _check_dependencies(each, names)
        _check_mounts(each, {volume["name"] for volume in request.get("volumes") or []})
        if request.get("networkMode") == "awsvpc":
            _check_ports(each)


def _check_dependencies(container: Document, names: list[Any]) -> None:
    for need in container.get("dependsOn") or []:
        if need["containerName"] not in names:
            raise client(f"Container '{container['name']}' depends on unknown container '{need['containerName']}'.")


def _check_mounts(container: Document, volumes: set[str]) -> None:
    for mount in container.get("mountPoints") or []:
        if mount.get("sourceVolume") not in volumes:
            raise client(f"Unknown volume '{mount.get('sourceVolume')}'.")


def _check_ports(container: Document) -> None:
    for port in container.get("portMappings") or []:
        if port.get("hostPort") not in (None, 0, port.get("containerPort")):
            raise client("When networkMode=awsvpc, the host ports and container ports in port mappings must match.")


def _check_fargate(request: Document, containers: list[Document]) -> None:
    if request.get("networkMode") != "awsvpc":
        raise client("Fargate only supports network mode 'awsvpc'.")
    for name in ("cpu", "memory"):
        if not request.get(name):
            raise client(f"Fargate requires that '{name}' be defined at the task level.")
    for each in containers:
        driver = (each.get("logConfiguration") or {}).get("logDriver")
        needs = "log driver awslogs" if driver == "awslogs" else "ECR images" if PRIVATE.match(each["image"]) else ""
        if needs and not request.get("executionRoleArn"):
            raise client(f"Fargate requires task definition to have execution role ARN to support {needs}.")


def understood(found: Any) -> Definition:
    """Return a task definition of moto's as tasks are made from it."""
    containers = tuple(dict(each) for each in found.container_definitions)
    return Definition(
        arn=found.arn,
        family=found.family,
        containers=containers,
        volumes=tuple(dict(each) for each in found.volumes or ()),
        network_mode=found.network_mode or "bridge",
        cpu=str(found.cpu or ""),
        memory=str(found.memory or ""),
        task_role=str(getattr(found, "task_role_arn", None) or ""),
        execution_role=str(getattr(found, "execution_role_arn", None) or ""),
        tags=tuple(found.tags or ()),
        unsupported=tuple(dict.fromkeys(_unsupported(found, containers))),
    )


def _unsupported(found: Any, containers: tuple[Document, ...]) -> Iterator[str]:
    for name in ("proxy_configuration", "inference_accelerators", "ipc_mode", "pid_mode"):
        if getattr(found, name, None):
            yield {"proxy_configuration": "proxyConfiguration", "ipc_mode": "ipcMode", "pid_mode": "pidMode"}.get(
                name, "inferenceAccelerators"
            )
    for volume in found.volumes or ():
        yield from sorted(VOLUME & {name for name, value in volume.items() if value})
        if (volume.get("host") or {}).get("sourcePath"):
            yield "host.sourcePath of a volume"
        if volume.get("configuredAtLaunch"):
            yield "configuredAtLaunch"
    for container in containers:
        yield from sorted(CONTAINER & {name for name, value in container.items() if value})
        yield from sorted(LINUX & {name for name, value in (container.get("linuxParameters") or {}).items() if value})
        yield from _unsupported_ports(container.get("portMappings") or [])
        yield from _unsupported_logs(container.get("logConfiguration") or {})
    mounted = [name for each in containers for name in {mount["sourceVolume"] for mount in each["mountPoints"]}]
    if len(set(mounted)) != len(mounted):
        yield "a volume that containers share"


def _unsupported_ports(mapped: list[Document]) -> Iterator[str]:
    for each in mapped:
        if each.get("containerPortRange"):
            yield "containerPortRange"
        if each.get("protocol", "tcp") != "tcp":
            yield f"the protocol {each['protocol']} of a port"


def _unsupported_logs(told: Document) -> Iterator[str]:
    if not told:
        return
    if told["logDriver"] != "awslogs":
        yield f"logDriver {told['logDriver']}"
        return
    yield from sorted(set(told.get("options") or {}) - OPTIONS)
    if told.get("secretOptions"):
        yield "secretOptions"
