"""A target group: who is in it, who may serve, and whose turn it is."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rehearsal.dataplane import reasons, snapshot
from rehearsal.dataplane.counters import GroupCounters
from rehearsal.dataplane.health import Health
from rehearsal.dataplane.target import Target

Report = Callable[[dict[str, Any]], None]


class Group:
    """One target group."""

    def __init__(self, scope: str, settings: snapshot.Group, counters: GroupCounters, report: Report) -> None:
        """Begin empty; what happens to targets is reported."""
        self.scope = scope
        self.settings = settings
        self.counters = counters
        self.retired = False
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._members: dict[snapshot.Endpoint, Target] = {}
        self._health: dict[snapshot.Endpoint, Health] = {}
        self._in_use = False
        self._rotation: list[Target] = []
        self._turn = 0

    @property
    def empty(self) -> bool:
        """Whether no target is left, draining ones included."""
        return not self._members

    def update(self, settings: snapshot.Group, *, in_use: bool) -> None:
        """Make these the settings and the targets."""
        self.retired = False
        rechecked = settings.check != self.settings.check or in_use != self._in_use
        self.settings, self._in_use = settings, in_use
        wanted = set(settings.targets)
        for endpoint, target in list(self._members.items()):
            if endpoint not in wanted and target.draining is None:
                self._drain(target)
        for endpoint in settings.targets:
            self._admit(endpoint, rechecked=rechecked)
        for endpoint, health in self._health.items():
            health.fail(failing=endpoint in settings.failing)
        self._reorder()

    def retire(self) -> None:
        """Drain everything: the group was deleted."""
        self.update(replace(self.settings, targets=()), in_use=False)
        self.retired = True

    def pick(self) -> Target | None:
        """Return the target whose turn it is, none if there are no targets."""
        rotation = self._rotation
        if not rotation:
            return None
        self._turn = (self._turn + 1) % len(rotation)
        if self.settings.algorithm == "least_outstanding_requests":
            order = rotation[self._turn :] + rotation[: self._turn]
            return min(order, key=lambda target: len(target.exchanges))
        return rotation[self._turn] if not self.settings.slow_start else self._warmest()

    def drained(self, target: Target) -> None:
        """Report that nothing is under way on a deregistered target."""
        self._report({"kind": "drained", "group": self.settings.id, "target": reasons.key(target.endpoint)})

    def removed(self, target: Target) -> None:
        """Forget a target whose deregistration delay is over."""
        if self._members.get(target.endpoint) is target:
            del self._members[target.endpoint]
            self._tell(target.endpoint, reasons.NOT_REGISTERED)

    def health_changed(self, endpoint: snapshot.Endpoint, verdict: reasons.Verdict) -> None:
        """Take what a health check found into account."""
        target = self._members[endpoint]
        now = self._loop.time()
        # There is nothing to spare a target for if no other one can take its part.
        if verdict.state == "healthy" and any(other.warm_at <= now for other in self._healthy() if other is not target):
            target.warm_at = now + self.settings.slow_start
        self._reorder()
        self._tell(endpoint, verdict)

    def _admit(self, endpoint: snapshot.Endpoint, *, rechecked: bool) -> None:
        target = self._members.get(endpoint)
        if target is None:
            self._members[endpoint] = Target(self, endpoint)
        elif target.draining is not None:
            target.revive()
        elif not rechecked:
            return
        self._watch(endpoint)

    def _watch(self, endpoint: snapshot.Endpoint) -> None:
        before = self._health.pop(endpoint, None)
        if before is not None:
            before.stop()
        if not self._in_use:
            self._tell(endpoint, reasons.NOT_IN_USE)
            return
        health = before if before is not None and before.known else Health(endpoint, self.health_changed)
        self._health[endpoint] = health
        self._tell(endpoint, health.verdict)
        health.start(self.settings.check)

    def _drain(self, target: Target) -> None:
        health = self._health.pop(target.endpoint, None)
        if health is not None:
            health.stop()
        self._tell(target.endpoint, reasons.DRAINING)
        target.drain(self.settings.deregistration_delay)

    def _reorder(self) -> None:
        serving = [target for target in self._members.values() if target.draining is None]
        # When none is healthy the load balancer fails open: a chance is better than a certain error.
        self._rotation = self._healthy() or serving

    def _healthy(self) -> list[Target]:
        fit = (endpoint for endpoint, health in self._health.items() if health.verdict.state == "healthy")
        return [self._members[endpoint] for endpoint in fit]

    def _warmest(self) -> Target:
        """Pass over a target that has just become healthy, the more often the shorter ago that was."""
        now = self._loop.time()
        for _ in self._rotation:
            target = self._rotation[self._turn]
            left = (target.warm_at - now) / self.settings.slow_start
            if left <= 0 or random.random() > left:  # noqa: S311 - a share, not a secret
                return target
            self._turn = (self._turn + 1) % len(self._rotation)
        return self._rotation[self._turn]

    def _tell(self, endpoint: snapshot.Endpoint, verdict: reasons.Verdict) -> None:
        self._report(
            {
                "kind": "health",
                "group": self.settings.id,
                "target": reasons.key(endpoint),
                "state": verdict.state,
                "reason": verdict.reason,
                "description": verdict.description,
            }
        )
