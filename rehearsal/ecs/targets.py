"""A task in its target groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.cloud import Cloud
    from rehearsal.dataplane.reasons import Verdict
    from rehearsal.ecs.records import Task

# A target group that no listener leads to checks nobody.
SERVING = ("healthy", "unused")
LOOK_AROUND = 3600.0


class Targets:
    """The target groups that tasks of one region are registered in."""

    def __init__(self, cloud: Cloud, region: str) -> None:
        """Use the load balancers of the region."""
        self._cloud = cloud
        self._region = region

    def register(self, task: Task) -> None:
        """Let a task take requests as soon as it is found healthy."""
        for group, port in groups(task):
            self._backend.register_targets(group, [{"Id": task.address, "Port": port}])

    def deregister(self, task: Task) -> None:
        """Give a task no further requests; a target group that is gone is fine."""
        known = self._backend.target_groups
        for group, port in groups(task):
            if group in known:
                self._backend.deregister_targets(group, [{"Id": task.address, "Port": port}])

    def drained(self, task: Task, given_up: Callable[[], bool]) -> None:
        """Wait until the requests in flight are answered, or the deregistration delay is over."""
        plane = self._cloud.dataplane
        for group, port in groups(task):
            key = f"{task.address}:{port}"
            while not plane.wait(lambda g=group, k=key: plane.drained(g, k) or given_up(), LOOK_AROUND):  # type: ignore[misc]  # bound at once
                pass

    def verdicts(self, task: Task) -> dict[tuple[str, int], Verdict | None]:
        """Return what the health checks have found, by target group and port."""
        return {
            (group, port): self._cloud.dataplane.health(group).get(f"{task.address}:{port}")
            for group, port in groups(task)
        }

    def exists(self, group: str) -> bool:
        """Whether there is such a target group."""
        return group in self._backend.target_groups

    def in_use(self, group: str) -> bool:
        """Whether a load balancer leads to the target group."""
        return bool(self._backend.target_groups[group].load_balancer_arns)

    @property
    def _backend(self) -> Any:
        return self._cloud.backend("elbv2", self._region)


def groups(task: Task) -> list[tuple[str, int]]:
    """Return the target groups that a task belongs into, with its ports."""
    return [(each["targetGroupArn"], int(each["containerPort"])) for each in task.revision.load_balancers]
