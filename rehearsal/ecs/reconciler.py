"""Makes services what they are wanted to be: looks at each whenever something changed, and does what the plan says."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from rehearsal.ecs import announcing
from rehearsal.ecs.fitness import Fitness
from rehearsal.ecs.plan import Plan, ServiceView, TaskView, plan, tolerated_failures
from rehearsal.ecs.rollout import breaks, completes, retire
from rehearsal.ecs.tasks import launch

if TYPE_CHECKING:
    from rehearsal.ecs.records import Service, Task
    from rehearsal.ecs.site import Site

# The first failure is forgiven; then the pauses double.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 60.0
IMPAIRED = 4
LOOK_AROUND = 3600.0
TROUBLESHOOTING = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
NO_INSTANCES = (
    "was unable to place a task because no container instance met all of its requirements. Reason: No Container "
    f"Instances were found in your cluster. {TROUBLESHOOTING}"
)
UNPLACED = "was unable to place a task. Reason: {}."
STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment configuration. Update "
    "the minimumHealthyPercent or maximumPercent value and try again."
)


class Reconciler:
    """The scheduler of all services."""

    def __init__(self, site: Site) -> None:
        """Look after the services of a site."""
        self._site = site
        self._fitness = Fitness(site)

    def run(self) -> None:
        """Work until told to stop."""
        site = self._site
        with site.changed:
            while not site.closing:
                seen = site.version
                due = min((self._look(each) for each in list(site.services.values())), default=math.inf)
                left = min(LOOK_AROUND, max(0.0, due - time.monotonic()))
                site.changed.wait_for(lambda v=seen: site.version != v or site.closing, left)  # type: ignore[misc]  # bound at once

    def _look(self, service: Service) -> float:
        """Do what is to be done now, and return when to look again at the latest."""
        if service.status == "INACTIVE":
            return math.inf
        tasks = self._site.of_service(service)
        due = min((self._fitness.judge(service, task) for task in tasks), default=math.inf)
        self._count_failures(service)
        view = self._view(service, tasks)
        self._do(service, plan(view), tasks)
        if service.next_start > time.monotonic():
            due = min(due, service.next_start)
        return due

    def _view(self, service: Service, tasks: list[Task]) -> ServiceView:
        primary, rollout = service.primary, service.rollout
        breaker = rollout.get("deploymentCircuitBreaker") or {}
        revision = primary.revision
        placeable = revision.launch_type != "EC2" or bool(revision.capacity)
        if not placeable and service.desired and service.status == "ACTIVE":
            service.say_once(NO_INSTANCES)
        if self._site.trouble:
            service.say_once(UNPLACED.format(self._site.trouble.rstrip(".")))
        return ServiceView(
            desired=service.desired,
            deployments=tuple(each.id for each in service.deployments),
            tasks=tuple(
                TaskView(task.id, task.deployment, task.status == "RUNNING", self._fitness.fit(task), task.stopping)
                for task in tasks
            ),
            state=primary.state,
            failed=primary.failed,
            minimum_percent=rollout.get("minimumHealthyPercent", 100),
            maximum_percent=rollout.get("maximumPercent", 200),
            tolerated=tolerated_failures(service.desired) if breaker.get("enable") else None,
            may_start=placeable and not self._site.trouble and time.monotonic() >= service.next_start,
            draining=service.status == "DRAINING",
        )

    def _do(self, service: Service, moves: Plan, tasks: list[Task]) -> None:
        site = self._site
        if moves.breaks:
            breaks(site, service)
        if moves.start:
            started = [launch(site, service) for _ in range(moves.start)]
            service.was_steady = False
            service.say(f"has started {len(started)} tasks: {_named(started)}.")
        if moves.stop:
            self._stop(service, [task for task in tasks if task.id in moves.stop])
        if moves.retire:
            retire(site, service, moves.retire)
        if moves.completes:
            completes(site, service)
        if moves.is_stuck:
            service.say_once(STUCK)
        self._note_steadiness(service, is_steady=moves.is_steady)

    def _stop(self, service: Service, tasks: list[Task]) -> None:
        service.was_steady = False
        for task in tasks:
            task.ask_to_stop(
                "ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {task.deployment})"
            )
        running = [task for task in tasks if task.status == "RUNNING"]
        if running:
            service.say(f"has stopped {len(running)} running tasks: {_named(running)}.")
        self._site.touch()

    def _note_steadiness(self, service: Service, *, is_steady: bool) -> None:
        if is_steady and not service.was_steady:
            service.say("has reached a steady state.")
            service.said = ""
            announcing.service_acted(self._site.cloud, service, "SERVICE_STEADY_STATE")
        service.was_steady = is_steady

    def _count_failures(self, service: Service) -> None:
        """Count tasks that ended because something is wrong with them, and wait longer the more there are."""
        for task in self._site.tasks.values():
            if task.service != service.arn or task.judged or not task.failed:
                continue
            task.judged = True
            service.failures += 1
            for deployment in service.deployments:
                deployment.failed += deployment.id == task.deployment
            self._complain(service, task)
            pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (service.failures - 2)) if service.failures > 1 else 0.0
            service.next_start = time.monotonic() + pause

    def _complain(self, service: Service, task: Task) -> None:
        if task.stop_code == "TaskFailedToStart":
            said = "failed to launch a task with (error {})." if "unable to assume" in task.stopped_reason else UNPLACED
            service.say_once(said.format(task.stopped_reason))
        if service.failures >= IMPAIRED:
            service.say_once(f"is unable to consistently start tasks successfully. {TROUBLESHOOTING}")
            announcing.service_acted(self._site.cloud, service, "SERVICE_TASK_START_IMPAIRED")


def _named(tasks: list[Task]) -> str:
    return " ".join(f"(task {task.id})" for task in tasks)
