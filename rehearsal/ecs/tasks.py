"""Makes tasks, for services and for whoever calls RunTask."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from rehearsal.ecs import announcing
from rehearsal.ecs.life import Life
from rehearsal.ecs.records import Container, Task, new_id

if TYPE_CHECKING:
    from rehearsal.ecs.records import Document, Revision, Service
    from rehearsal.ecs.site import Site

_turns = itertools.count()


def launch(site: Site, service: Service) -> Task:
    """Start a task of a service's primary deployment."""
    deployment = service.primary
    revision = deployment.revision
    task = make(site, service.cluster, revision, f"service:{service.name}")
    task.service, task.deployment, task.started_by = service.arn, deployment.id, deployment.id
    task.tags = _propagated(service, revision)
    begin(site, task, service)
    return task


def make(site: Site, cluster: str, revision: Revision, group: str) -> Task:
    """Make a task that nobody has started yet."""
    name = new_id()
    arn = f"{cluster.replace(':cluster/', ':task/')}/{name}"
    containers = [
        Container(each, f"{arn.replace(':task/', ':container/')}/{new_id()}") for each in revision.definition.containers
    ]
    task = Task(arn, cluster, revision, containers, group)
    network = revision.network.get("awsvpcConfiguration") or {}
    subnets = network.get("subnets") or []
    if subnets:
        task.subnet = subnets[next(_turns) % len(subnets)]
        task.zone = _zone(site, arn.split(":")[3], task.subnet)
    return task


def begin(site: Site, task: Task, service: Service | None = None) -> None:
    """Start a task."""
    with site.changed:
        site.tasks[task.arn] = task
        announcing.task_changed(site.cloud, task)
        site.cloud.workers.spawn(f"task {task.id}", Life(site, task, service).run)
        site.touch()


def _propagated(service: Service, revision: Revision) -> list[Document]:
    own = {"SERVICE": service.tags, "TASK_DEFINITION": revision.definition.tags}.get(revision.propagate_tags, [])
    tags = [dict(tag) for tag in own]
    if revision.managed_tags:
        cluster = service.cluster.rpartition("/")[2]
        tags += [
            {"key": "aws:ecs:clusterName", "value": cluster},
            {"key": "aws:ecs:serviceName", "value": service.name},
        ]
    return tags


def _zone(site: Site, region: str, subnet: str) -> str:
    found = site.cloud.backend("ec2", region).get_subnet(subnet)
    return str(found.availability_zone) if found else ""
