"""From what the data plane counts since its start to what happened in each minute."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rehearsal.dataplane.counters import BOUNDS, Counters
from rehearsal.metrics.minutes import Minutes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rehearsal.cloud import Cloud

GROUP = {
    "requests": "RequestCount",
    "target_2xx": "HTTPCode_Target_2XX_Count",
    "target_3xx": "HTTPCode_Target_3XX_Count",
    "target_4xx": "HTTPCode_Target_4XX_Count",
    "target_5xx": "HTTPCode_Target_5XX_Count",
    "connection_errors": "TargetConnectionErrorCount",
}
BALANCER = {
    "elb_3xx": "HTTPCode_ELB_3XX_Count",
    "elb_4xx": "HTTPCode_ELB_4XX_Count",
    "elb_5xx": "HTTPCode_ELB_5XX_Count",
    "elb_502": "HTTPCode_ELB_502_Count",
    "elb_503": "HTTPCode_ELB_503_Count",
    "elb_504": "HTTPCode_ELB_504_Count",
    "fixed_responses": "HTTP_Fixed_Response_Count",
    "redirects": "HTTP_Redirect_Count",
}
# What takes longer than the last bound is taken for twice as long.
VALUES = (*BOUNDS, 2 * BOUNDS[-1])
Change = dict[str, Any]
Place = tuple[Minutes, list[dict[str, str]]]


class Sampler:
    """Takes samples; each covers what happened since the one before."""

    def __init__(self, cloud: Cloud, clock: Callable[[], float] = time.time) -> None:
        """Start with nothing counted."""
        self._cloud = cloud
        self._clock = clock
        self._before = Counters()
        self._regions: dict[str, Minutes] = {}
        self._guard = threading.Lock()

    def region(self, name: str) -> Minutes:
        """Return a region's minutes."""
        return self._regions.setdefault(name, Minutes())

    def sample(self) -> None:
        """Add what has happened since the last time."""
        with self._guard:
            counted, now = self._cloud.dataplane.counters(), self._clock()
            for group, (minutes, dimensions) in self._groups().items():
                self._hosts(now, group, minutes, dimensions[0])
                if group in counted.groups:
                    change = _change(counted.groups[group], self._before.groups.get(group))
                    for each in dimensions:
                        _add(minutes, now, change, GROUP, each)
                        _add_times(minutes, now, change, each)
            for balancer, (minutes, dimensions) in self._balancers().items():
                if balancer in counted.balancers:
                    change = _change(counted.balancers[balancer], self._before.balancers.get(balancer))
                    _add(minutes, now, change, BALANCER, dimensions[0])
            self._before = counted

    def _hosts(self, now: float, group: str, minutes: Minutes, dimensions: dict[str, str]) -> None:
        states = [verdict.state for verdict in self._cloud.dataplane.health(group).values()]
        if "healthy" in states or "unhealthy" in states:
            minutes.note(now, "HealthyHostCount", dimensions).add(states.count("healthy"))
            minutes.note(now, "UnHealthyHostCount", dimensions).add(states.count("unhealthy"))

    def _groups(self) -> dict[str, Place]:
        """Return the groups that some load balancer uses: as numbers of the group, and as numbers of the balancer."""
        return {
            arn: (minutes, [{**balancer, "TargetGroup": arn.rsplit(":", 1)[-1]}, balancer])
            for minutes, backend in self._backends()
            for arn, group in list(backend.target_groups.items())
            for balancer in [_named(each) for each in group.load_balancer_arns[:1]]
        }

    def _balancers(self) -> dict[str, Place]:
        pairs = ((minutes, arn) for minutes, backend in self._backends() for arn in list(backend.load_balancers))
        return {arn: (minutes, [_named(arn)]) for minutes, arn in pairs}

    def _backends(self) -> Iterator[tuple[Minutes, Any]]:
        for region in self._cloud.regions("elbv2"):
            yield self.region(region), self._cloud.backend("elbv2", region)


def _named(balancer: str) -> dict[str, str]:
    return {"LoadBalancer": balancer.partition(":loadbalancer/")[2]}


def _change(now: Any, before: Any) -> dict[str, Any]:
    """Return how much was added; a data plane that was started again begins at nothing."""
    new, old = asdict(now), asdict(before) if before else {}
    if any(isinstance(value, int) and value < old.get(name, 0) for name, value in new.items()):
        old = {}
    return {name: _less(value, old.get(name)) for name, value in new.items()}


def _less(value: Any, old: Any) -> Any:
    if isinstance(value, list):
        return [each - was for each, was in zip(value, old or [0] * len(value), strict=True)]
    return value - (old or 0)


def _add(minutes: Minutes, now: float, change: Change, names: dict[str, str], dimensions: dict[str, str]) -> None:
    for counter, metric in names.items():
        if change[counter]:
            # Each counts as one, as if every request had been reported by itself.
            minutes.note(now, metric, dimensions).add(1, change[counter])


def _add_times(minutes: Minutes, now: float, change: Change, dimensions: dict[str, str]) -> None:
    times = change["response_times"]
    answers = sum(times)
    if not answers:
        return
    minute = minutes.note(now, "TargetResponseTime", dimensions, "Seconds")
    known = change["response_time_total"] / sum(value * count for value, count in zip(VALUES, times, strict=True))
    for value, count in zip(VALUES, times, strict=True):
        if count:
            minute.add(value, count, value * count * known)
