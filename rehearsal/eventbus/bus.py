"""The bus: where events come in, and from where they go to the rules that match them."""

from __future__ import annotations

import threading
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from rehearsal.eventbus.delivery import Failure, deliver
from rehearsal.eventbus.event import envelope
from rehearsal.eventbus.lane import Lane
from rehearsal.eventbus.pattern import matches
from rehearsal.eventbus.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.cloud import Cloud
    from rehearsal.eventbus.event import Event

REMEMBERED = 200
RUNNING = ("ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")


class Bus:
    """All event buses of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        """Start with no event on its way."""
        self._cloud = cloud
        self._lanes: dict[str, Lane] = {}
        self._guard = threading.Lock()
        self.failures: deque[Failure] = deque(maxlen=REMEMBERED)
        self.recent: deque[Event] = deque(maxlen=REMEMBERED)
        self.schedule = Schedule(cloud, self._ring)

    def emit(
        self,
        source: str,
        detail_type: str,
        detail: dict[str, Any],
        resources: Iterable[str] = (),
        region: str | None = None,
    ) -> str:
        """Tell everybody who asked for it that something happened, and return the event's id."""
        where = region or self._cloud.region
        event = envelope(source, detail_type, detail, list(resources), self._cloud.account, where)
        self.publish(event, where)
        return str(event["id"])

    def publish(self, event: Event, region: str, bus: str = "default") -> None:
        """Hand an event to the rules of a bus."""
        self.recent.append(event)
        found = self._cloud.backend("events", region).event_buses.get(bus)
        for rule in list(found.rules.values()) if found else []:
            # A rule without a pattern is one with a schedule, and takes no events.
            pattern = rule.event_pattern.get_pattern()
            if pattern and rule.state in RUNNING and matches(pattern, event):
                self._send(rule, event)

    def settled(self, seconds: float = 5) -> bool:
        """Wait until every event that came in so far has been delivered or given up."""
        deadline = time.monotonic() + seconds
        with self._guard:
            lanes = list(self._lanes.values())
        return all(lane.settled(max(0, deadline - time.monotonic())) for lane in lanes)

    def status(self) -> dict[str, Any]:
        """Return what waits, and what could not be delivered, newest last."""
        with self._guard:
            waiting = sum(len(lane) for lane in self._lanes.values())
        return {"waiting": waiting, "failures": [vars(failure) for failure in list(self.failures)]}

    @staticmethod
    def milliseconds() -> float:
        """Return the time as logs count it."""
        return time.time() * 1000

    def stop(self) -> None:
        """Stop the clock."""
        self.schedule.stop()

    def _ring(self, rule: Any) -> None:
        region = rule.region_name
        event = envelope("aws.events", "Scheduled Event", {}, [rule.arn], self._cloud.account, region)
        self._send(rule, event)

    def _send(self, rule: Any, event: Event) -> None:
        with self._guard:
            lane = self._lanes.get(rule.arn)
            if lane is None:
                work = partial(self._deliver, rule.arn)
                lane = self._lanes[rule.arn] = Lane(self._cloud.workers, f"events {rule.name}", work)
            # The targets are those of this moment, whatever becomes of the rule.
            lane.put(([dict(target) for target in rule.targets], event))

    def _deliver(self, rule_arn: str, item: tuple[list[dict[str, Any]], Event]) -> None:
        targets, event = item
        for target in targets:
            failure = deliver(self._cloud, rule_arn, target, event)
            if failure:
                self.failures.append(failure)
