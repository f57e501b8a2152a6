"""What to do next about a service, decided from what is known of it and from nothing else."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

RolloutState = Literal["IN_PROGRESS", "COMPLETED", "FAILED"]
# Half of the desired tasks may fail, but never fewer than 3 and never more than 200.
FEWEST_FAILURES, MOST_FAILURES = 3, 200


@dataclass(frozen=True)
class TaskView:
    """A task that has not stopped; `fit` is one that runs and has passed every check that it is given."""

    id: str
    deployment: str
    running: bool = False
    fit: bool = False
    stopping: bool = False


@dataclass(frozen=True)
class ServiceView:
    """A service; its deployments are listed with the primary one first, its tasks oldest first."""

    desired: int
    deployments: tuple[str, ...]
    tasks: tuple[TaskView, ...] = ()
    state: RolloutState = "IN_PROGRESS"
    failed: int = 0
    minimum_percent: int = 100
    maximum_percent: int = 200
    # How many failures break the circuit; nothing if it has no breaker.
    tolerated: int | None = None
    # Whether tasks may be started at this moment.
    may_start: bool = True
    draining: bool = False

    @property
    def lower(self) -> int:
        """The number of fit tasks that a deployment leaves alone."""
        return math.ceil(self.desired * self.minimum_percent / 100)

    @property
    def upper(self) -> int:
        """The number of tasks that a deployment may have at once."""
        return math.floor(self.desired * self.maximum_percent / 100)


@dataclass(frozen=True)
class Plan:
    """The next moves; an empty one when there is only to wait."""

    start: int = 0
    stop: tuple[str, ...] = ()
    retire: tuple[str, ...] = ()
    breaks: bool = False
    completes: bool = False
    is_steady: bool = False
    # Neither a start nor a stop is allowed by the percentages, though one is needed.
    is_stuck: bool = False


def tolerated_failures(desired: int) -> int:
    """Return how many tasks in a row may fail before the circuit breaks."""
    return min(MOST_FAILURES, max(FEWEST_FAILURES, math.ceil(desired / 2)))


def plan(view: ServiceView) -> Plan:
    """Decide."""
    if view.draining:
        return _drain(view)
    if view.state == "IN_PROGRESS" and view.tolerated is not None and view.failed >= view.tolerated:
        return Plan(breaks=True)
    new = [task for task in view.tasks if task.deployment == view.deployments[0] and not task.stopping]
    old = [task for task in view.tasks if task.deployment != view.deployments[0] and not task.stopping]
    retire = _empty(view, view.deployments[1:])
    if view.state == "FAILED":
        # Nothing is started for it, and nothing is taken away in its favour.
        return Plan(retire=retire)
    wanted = max(0, view.desired - len(new))
    room = max(0, view.upper - len(new) - len(old))
    surplus = _surplus(new, view.desired)
    given_up = _given_up(view, new, old, make_room=max(0, wanted - room))
    start = min(wanted, room) if view.may_start else 0
    others = any(task.deployment != view.deployments[0] for task in view.tasks)
    settled = not others and len(new) == view.desired and all(task.fit for task in new)
    return Plan(
        start=start,
        stop=tuple(surplus + given_up),
        retire=retire,
        completes=settled and view.state == "IN_PROGRESS",
        is_steady=settled,
        is_stuck=bool(wanted and not room and old and not given_up and all(task.fit for task in _calm(view))),
    )


def _drain(view: ServiceView) -> Plan:
    return Plan(stop=tuple(task.id for task in view.tasks if not task.stopping), retire=_empty(view, view.deployments))


def _empty(view: ServiceView, deployments: tuple[str, ...]) -> tuple[str, ...]:
    used = {task.deployment for task in view.tasks}
    return tuple(deployment for deployment in deployments if deployment not in used)


def _calm(view: ServiceView) -> list[TaskView]:
    """Return all tasks; those that are stopping count, too, as something that still changes."""
    return [replace(task, fit=False) if task.stopping else task for task in view.tasks]


def _surplus(new: list[TaskView], desired: int) -> list[str]:
    """Return the tasks that are too many: those that do not serve go first, then the latest."""
    ranked = sorted(enumerate(new), key=lambda pair: (pair[1].fit, pair[1].running, -pair[0]))
    return [task.id for _, task in ranked[: max(0, len(new) - desired)]]


def _given_up(view: ServiceView, new: list[TaskView], old: list[TaskView], *, make_room: int) -> list[str]:
    """Return the tasks of earlier deployments to stop now: those that are replaced, or are in the way."""
    fit = sum(task.fit for task in new + old)
    spare = max(0, fit - view.lower)
    replaced = len(old) - max(0, view.desired - sum(task.fit for task in new))
    chosen: list[str] = []
    for task in sorted(old, key=lambda each: (each.fit, each.running)):
        if len(chosen) >= max(replaced, make_room) or (task.fit and not spare):
            break
        spare -= task.fit
        chosen.append(task.id)
    return chosen
