"""In which order the containers of a task start, and what one waits for before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.ecs.errors import TaskError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rehearsal.ecs.records import Container

# What Fargate assumes where a container says nothing.
START_SECONDS = 180


def in_order(containers: Sequence[Container]) -> list[Container]:
    """Return the containers so that each comes after those it depends on."""
    known = {each.name: each for each in containers}
    ordered: dict[str, Container] = {}

    def add(container: Container, path: tuple[str, ...]) -> None:
        if container.name in path:
            raise TaskError(f"The containers {' and '.join(path)} depend on each other.")
        for need in container.definition.get("dependsOn") or []:
            add(known[need["containerName"]], (*path, container.name))
        ordered.setdefault(container.name, container)

    for container in containers:
        add(container, ())
    return list(ordered.values())


def owner_of(containers: Sequence[Container]) -> Container:
    """Return the container whose network the others join: an essential one that others need not wait to see end."""
    waited_for = {
        need["containerName"]
        for each in containers
        for need in each.definition.get("dependsOn") or []
        if need["condition"] in ("COMPLETE", "SUCCESS")
    }
    ranked = sorted(in_order(containers), key=lambda each: (each.name in waited_for, not each.essential))
    return ranked[0]


def meets(container: Container, condition: str) -> bool:
    """Whether a container is as another one needs it, or never will be."""
    if condition == "START":
        return container.status in ("RUNNING", "STOPPED")
    if condition == "HEALTHY":
        return container.health == "HEALTHY" or container.ended or container.health == "UNHEALTHY"
    return container.ended


def patience(needed: Iterable[Container]) -> float:
    """Return for how many seconds a container waits for those that it depends on."""
    return max((float(each.definition.get("startTimeout") or START_SECONDS) for each in needed), default=0.0)


def check(container: Container, condition: str, *, in_time: bool) -> None:
    """Refuse a container that will never be as another one needs it, or was not in time."""
    if not in_time and not meets(container, condition):
        raise TaskError(f"ContainerDependencyError: container {container.name} did not reach {condition} in time")
    if condition == "HEALTHY" and (container.ended or container.health == "UNHEALTHY"):
        raise TaskError(f"ContainerDependencyError: container {container.name} did not become healthy")
    if condition == "SUCCESS" and container.exit_code:
        raise TaskError(f"ContainerDependencyError: container {container.name} exited with code {container.exit_code}")
