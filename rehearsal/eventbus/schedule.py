"""The clock of rules with a schedule; it runs only while there is one."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rehearsal.eventbus.timetable import due_after

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.cloud import Cloud

# A wait longer than the platform allows is an error; looking again once an hour costs nothing.
LONGEST = 3600.0


class Schedule:
    """Rings for each rule when it is due."""

    def __init__(
        self, cloud: Cloud, ring: Callable[[Any], None], now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Take what to do for a rule that is due."""
        self._cloud = cloud
        self._ring = ring
        self._now = now
        self._due: dict[str, tuple[datetime, Any]] = {}
        self._changed = threading.Condition()
        self._runs = False
        self._stopped = False

    def keep(self, rule: Any) -> None:
        """Follow a rule as it now is."""
        with self._changed:
            self._due.pop(rule.arn, None)
            due = due_after(rule.scheduled_expression, self._now()) if rule.scheduled_expression else None
            if due and rule.state == "ENABLED":
                self._due[rule.arn] = (due, rule)
            self._changed.notify_all()
            start, self._runs = bool(self._due) and not self._runs, self._runs or bool(self._due)
        if start:
            self._cloud.workers.spawn("events clock", self._run)

    def forget(self, arn: str) -> None:
        """Follow a rule no more."""
        with self._changed:
            self._due.pop(arn, None)
            self._changed.notify_all()

    def stop(self) -> None:
        """Ring no more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        while rules := self._wait():
            for rule in rules:
                self._ring(rule)

    def _wait(self) -> list[Any]:
        """Return the rules that are due once there are some; none means that the clock may stop."""
        with self._changed:
            while self._due and not self._stopped and not self._cloud.workers.stopping.is_set():
                now = self._now()
                ready = [rule for due, rule in self._due.values() if due <= now]
                for rule in ready:
                    self._advance(rule, now)
                if ready:
                    return ready
                first = min(due for due, _ in self._due.values())
                self._changed.wait(min(LONGEST, (first - now).total_seconds()))
            self._runs = False
            return []

    def _advance(self, rule: Any, now: datetime) -> None:
        due = due_after(rule.scheduled_expression, now)
        if due:
            self._due[rule.arn] = (due, rule)
        else:
            del self._due[rule.arn]
