"""ECS: services that are kept up, and tasks that are real containers.

A service is a wish: so many tasks, made in this way, in these target groups. Whenever something changes that might
matter to it (a call to the API, a container that ended, a health check that found something else), the `reconciler`
looks at it, has `plan` decide what to do next from plain facts, and does it. Each task has a thread of its own that
carries it through its `life`: it gets the image and the secrets with the execution role's permissions, has the
container engine make and start the containers on the task's own address, registers it in the target groups, and at the
end takes it out of them, waits for the requests in flight, stops the containers and removes them. What containers write
goes to CloudWatch Logs, what happens to tasks and deployments to the event bus and into the service's events.

Clusters and task definitions stay moto's. There are no container instances: tasks run as on Fargate, and those that
insist on EC2 are never placed. Task sets and the deployment controllers CODE_DEPLOY and EXTERNAL are refused by name,
as are service discovery and Service Connect; what a task definition may say and no container can be given here (volumes
on file systems, devices, other log drivers) fails the task and is named in its reason. Draining ends with the last
request in flight, not with the deregistration delay. The containers of a task share an address as they would share a
network interface.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.ecs import seam
from rehearsal.ecs.background import Background
from rehearsal.ecs.site import Site

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

_running: list[Background] = []


def install(cloud: Cloud) -> None:
    """Make moto's services and tasks real."""
    site = Site(cloud)
    _running.append(Background(site))
    seam.install(site)


def start(cloud: Cloud) -> None:
    """Begin to look after the services."""
    del cloud
    _running[-1].start()


def stop() -> None:
    """End all tasks and leave moto as it was."""
    if _running:
        _running.pop().stop()
    seam.remove()


def kill_task(cluster: str, task: str, reason: str) -> bool:
    """End a task's containers without a warning, as a crash would; say whether there is such a task that runs."""
    return _running[-1].kill(cluster, task, reason)


def sicken_task(cluster: str, task: str, reason: str) -> bool:
    """Have a task fail its container health checks; say whether there is such a task that runs."""
    return _running[-1].sicken(cluster, task, reason)
