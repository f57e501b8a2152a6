"""One region's metrics and alarms."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, ClassVar

import moto.cloudwatch.urls
from moto.cloudwatch.exceptions import InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend

from rehearsal.metrics import alarms, composites
from rehearsal.metrics.minutes import MINUTE
from rehearsal.metrics.queries import Queries
from rehearsal.metrics.series import Measured, epoch, gathered, moment
from rehearsal.metrics.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from moto.cloudwatch.models import Alarm, MetricDatumBase

    from rehearsal.cloud import Cloud
    from rehearsal.metrics.sampling import Sampler

NEW = Verdict("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
# What short periods are judged after, and all others after a minute.
SHORT = 10


class Backend(CloudWatchBackend):
    """The metrics of a region."""

    cloud: ClassVar[Cloud]
    sampler: ClassVar[Sampler]

    def __init__(self, region_name: str, account_id: str) -> None:
        """Start with none."""
        super().__init__(region_name, account_id)
        self._guard = threading.RLock()
        # Until when a state that somebody has set stands.
        self._held: dict[str, float] = {}

    @property
    def _url_module(self) -> Any:
        return moto.cloudwatch.urls

    def get_all_metrics(self) -> list[MetricDatumBase]:
        """Return all numbers, those of this moment included."""
        self.sampler.sample()
        return [*super().get_all_metrics(), *self.sampler.region(self.region_name).all()]

    def get_metric_data(
        self,
        queries: list[dict[str, Any]],
        start_time: datetime,
        end_time: datetime,
        scan_by: str = "TimestampAscending",
    ) -> list[dict[str, Any]]:
        """Return values of metrics and of formulas."""
        start, end = epoch(start_time), epoch(end_time)
        if start >= end:
            raise ValidationError("The parameter EndTime must be greater than StartTime.")
        found = Queries(queries).series(self.get_all_metrics(), start, end)
        return [
            _result(query, found[query["Id"]], backwards=scan_by == "TimestampDescending")
            for query in queries
            if query.get("ReturnData", True)
        ]

    def statistics(self, wanted: Measured, names: list[str], start: float, end: float) -> list[dict[str, Any]]:
        """Return several statistics of one metric, percentiles among them, by period."""
        if start >= end:
            raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
        found = gathered(self.get_all_metrics(), wanted, start, end)
        return [
            {"Timestamp": moment(when), **{name: numbers.value(name) for name in names}}
            for when, numbers in sorted(found.items())
        ]

    def put_metric_alarm(self, name: str, *given: Any, **settings: Any) -> Alarm:
        """Make an alarm, or change one, which leaves its state as it is."""
        with self._guard:
            before = self.alarms.get(name)
            if settings.get("rule"):
                composites.check(name, settings["rule"], {**self._rules(), name: None})
            alarm = super().put_metric_alarm(name, *given, **settings)
            try:
                alarms.check(alarm)
            except BaseException:
                self._restore(name, before)
                raise
            alarm.state_value, alarm.state_reason = NEW.state, NEW.reason
            if before is not None:
                alarm.state_value, alarm.state_reason = before.state_value, before.state_reason
                alarm.history = before.history
        return alarm

    def set_alarm_state(self, alarm_name: str, reason: str, reason_data: str, state_value: str) -> None:
        """Let an alarm say something until it is judged again."""
        with self._guard:
            found = self.alarms.get(alarm_name)
            before = found and Verdict(_state(found), found.state_reason)
            super().set_alarm_state(alarm_name, reason, reason_data, state_value)
            alarm = self.alarms[alarm_name]
            self._held[alarm_name] = time.time() + (SHORT if int(alarm.period or MINUTE) < MINUTE else MINUTE)
        if before and before.state != state_value:
            alarms.tell(self.cloud, alarm, self.region_name, before)

    def describe_alarms(self) -> Iterable[Alarm]:
        """Return all alarms."""
        self.judge()
        return super().describe_alarms()

    def get_alarms_by_alarm_name_prefix(self, name_prefix: str) -> Iterable[Alarm]:
        """Return alarms by the beginning of their names."""
        self.judge()
        return super().get_alarms_by_alarm_name_prefix(name_prefix)

    def get_alarms_by_alarm_names(self, alarm_names: list[str]) -> Iterable[Alarm]:
        """Return alarms by their names."""
        self.judge()
        return super().get_alarms_by_alarm_names(alarm_names)

    def get_alarms_by_state_value(self, target_state: str) -> Iterable[Alarm]:
        """Return the alarms that say this."""
        self.judge()
        return super().get_alarms_by_state_value(target_state)

    def judge(self) -> None:
        """Let every alarm say what it has to say now."""
        if not self.alarms:
            return
        data = self.get_all_metrics()
        changed: list[tuple[Alarm, Verdict]] = []
        with self._guard:
            now = time.time()
            free = [alarm for alarm in self.alarms.values() if self._held.get(alarm.name, 0) <= now]
            changed += _judged([one for one in free if not one.rule], lambda one: alarms.verdict(one, data, now))
            rules = [one for one in free if one.rule]
            # A rule may be about other rules: each round settles at least those that depend on settled ones only.
            while moved := _judged(rules, lambda one: alarms.composed(one, self._states())):
                changed += moved
        for alarm, before in changed:
            alarms.tell(self.cloud, alarm, self.region_name, before)

    def delete_alarms(self, alarm_names: list[str]) -> None:
        """Delete alarms, unless a composite alarm that stays is about them."""
        with self._guard:
            if users := composites.dependents(set(alarm_names), self._rules()):
                names, by = ", ".join(alarm_names), ", ".join(users)
                raise ValidationError(f"Could not delete {names} as composite alarm(s) [{by}] depend on it.")
            super().delete_alarms(alarm_names)

    def _rules(self) -> dict[str, str | None]:
        return {name: alarm.rule for name, alarm in self.alarms.items()}

    def _states(self) -> dict[str, str]:
        return {name: _state(alarm) for name, alarm in self.alarms.items()}

    def _restore(self, name: str, alarm: Alarm | None) -> None:
        if alarm is None:
            del self.alarms[name]
        else:
            self.alarms[name] = alarm


def _judged(judged: list[Alarm], verdict: Callable[[Alarm], Verdict]) -> list[tuple[Alarm, Verdict]]:
    """Let alarms say what they have to say; return those that say something else than before, with that."""
    changed = []
    for alarm in judged:
        before, after = Verdict(_state(alarm), alarm.state_reason), verdict(alarm)
        if after.state != before.state:
            alarm.update_state(after.reason, "{}", after.state)
            changed.append((alarm, before))
    return changed


def _state(alarm: Alarm) -> Any:
    return alarm.state_value


def _result(query: dict[str, Any], series: dict[int, float], *, backwards: bool) -> dict[str, Any]:
    metric = query.get("MetricStat", {}).get("Metric", {}).get("MetricName")
    times = sorted(series, reverse=backwards)
    return {
        "id": query["Id"],
        "label": query.get("Label") or metric or query["Id"],
        "values": [series[when] for when in times],
        "timestamps": [moment(when) for when in times],
        "status_code": "Complete",
    }
