"""Whether a task is fit to serve, from what its health checks found, and what becomes of one that is not."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from rehearsal.ecs import described
from rehearsal.ecs.targets import SERVING, Targets, groups

if TYPE_CHECKING:
    from rehearsal.ecs.records import Service, Task
    from rehearsal.ecs.site import Site

# A task that nobody checks is believed in after so many seconds: one that ends at once has not started at all.
TRIAL = 1.0


class Fitness:
    """The judge of tasks."""

    def __init__(self, site: Site) -> None:
        """Judge the tasks of a site."""
        self._site = site

    def fit(self, task: Task) -> bool:
        """Whether a task runs and has passed all its checks."""
        if task.status != "RUNNING" or task.stopping:
            return False
        if any(each.ended for each in task.containers if each.essential):
            return False
        if described.health_of(task) == "UNHEALTHY":
            return False
        found = self._targets(task).verdicts(task).values()
        if any(verdict is None or verdict.state not in SERVING for verdict in found):
            return False
        return self._proved(task)

    def judge(self, service: Service, task: Task) -> float:
        """Note that a task is fit, or stop it if it fails its checks; return when to look again at the latest."""
        if task.status != "RUNNING" or task.stopping:
            return math.inf
        if self.fit(task):
            self._welcome(service, task)
            return math.inf
        if described.health_of(task) == "UNHEALTHY":
            service.say(f"(task {task.id}) failed container health checks.")
            self._stop(task, "Task failed container health checks")
            return math.inf
        left = service.grace - task.age
        failing = [key for key, verdict in self._targets(task).verdicts(task).items() if _fails(verdict)]
        if failing and left <= 0:
            self._condemn(service, task, failing[0])
            return math.inf
        if failing:
            return time.monotonic() + left
        return math.inf if groups(task) else time.monotonic() + max(0.0, TRIAL - task.age)

    def _proved(self, task: Task) -> bool:
        checked = [each for each in task.containers if each.essential and each.definition.get("healthCheck")]
        if checked:
            return all(each.health == "HEALTHY" for each in checked)
        return bool(groups(task)) or task.age >= TRIAL

    def _welcome(self, service: Service, task: Task) -> None:
        if task.was_fit:
            return
        task.was_fit = True
        service.failures, service.next_start = 0, 0.0
        for deployment in service.deployments:
            if deployment.id == task.deployment:
                deployment.failed = 0

    def _condemn(self, service: Service, task: Task, where: tuple[str, int]) -> None:
        group, port = where
        verdict = self._targets(task).verdicts(task)[where]
        reason = verdict.description if verdict else ""
        service.say(f"(task {task.id}) (port {port}) is unhealthy in (target-group {group}) due to (reason {reason}).")
        self._stop(task, f"Task failed ELB health checks in (target-group {group})")

    def _stop(self, task: Task, reason: str) -> None:
        task.ask_to_stop("ServiceSchedulerInitiated", reason, failed=True)
        self._site.touch()

    def _targets(self, task: Task) -> Targets:
        return Targets(self._site.cloud, task.arn.split(":")[3])


def _fails(verdict: object) -> bool:
    return getattr(verdict, "state", "") == "unhealthy"
