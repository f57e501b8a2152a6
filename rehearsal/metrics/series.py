"""Numbers by period."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import InvalidParameterValue
from moto.cloudwatch.models import MetricAggregatedDatum, MetricDatum

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.cloudwatch.models import MetricDatumBase

Series = dict[int, float]
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)\Z")


@dataclass(frozen=True)
class Measured:
    """A metric, and how its numbers are put together."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]
    period: int
    statistic: str
    unit: str = ""

    def __post_init__(self) -> None:
        """Refuse a statistic that is not known here."""
        if self.statistic not in STATISTICS and not PERCENTILE.match(self.statistic):
            raise InvalidParameterValue(f"The value {self.statistic} for parameter Stat is not supported.")

    def fits(self, datum: MetricDatumBase) -> bool:
        """Say whether a number belongs to this metric."""
        if (datum.namespace, datum.name) != (self.namespace, self.name) or (self.unit and datum.unit != self.unit):
            return False
        return frozenset((str(each.name), str(each.value)) for each in datum.dimensions) == self.dimensions


class Sum:
    """Several numbers as one."""

    def __init__(self) -> None:
        """Begin with none."""
        self.count, self.total = 0.0, 0.0
        self.least, self.most = math.inf, -math.inf
        self.spread: Counter[float] = Counter()

    def add(self, datum: MetricDatumBase) -> None:
        """Take one more."""
        if isinstance(datum, MetricAggregatedDatum):
            self._add(datum.sample_count, datum.sum, datum.min, datum.max)
            # Of others only the ends are known, which is all that there is if they are the same.
            self.spread.update(getattr(datum, "spread", {datum.min: round(datum.sample_count)}))
        elif isinstance(datum, MetricDatum):
            self._add(1, datum.value, datum.value, datum.value)
            self.spread[datum.value] += 1

    def _add(self, count: float, total: float, least: float, most: float) -> None:
        self.count += count
        self.total += total
        self.least, self.most = min(self.least, least), max(self.most, most)

    def value(self, statistic: str) -> float:
        """Return a statistic of them."""
        if statistic in STATISTICS:
            return float(STATISTICS[statistic](self))
        rank = math.ceil(float(statistic[1:]) / 100 * self.spread.total())
        passed = 0
        for number in sorted(self.spread):
            passed += self.spread[number]
            if passed >= rank:
                return number
        return self.most


STATISTICS = {
    "Sum": lambda numbers: numbers.total,
    "Average": lambda numbers: numbers.total / numbers.count,
    "Minimum": lambda numbers: numbers.least,
    "Maximum": lambda numbers: numbers.most,
    "SampleCount": lambda numbers: numbers.count,
}


def gathered(data: Iterable[MetricDatumBase], wanted: Measured, start: float, end: float) -> dict[int, Sum]:
    """Return what was measured from the period of the start on and before the end, by the start of each period."""
    first = int(start) // wanted.period * wanted.period
    found: dict[int, Sum] = {}
    for datum in data:
        moment = epoch(datum.timestamp)
        if first <= moment < end and wanted.fits(datum):
            found.setdefault(int(moment) // wanted.period * wanted.period, Sum()).add(datum)
    return found


def read(data: Iterable[MetricDatumBase], wanted: Measured, start: float, end: float) -> Series:
    """Return a metric's values by the start of each period."""
    return {when: numbers.value(wanted.statistic) for when, numbers in gathered(data, wanted, start, end).items()}


def measured(told: dict[str, Any]) -> Measured:
    """Understand a MetricStat."""
    metric = told["Metric"]
    dimensions = frozenset((each["Name"], each["Value"]) for each in metric.get("Dimensions") or [])
    return Measured(
        metric["Namespace"], metric["MetricName"], dimensions, int(told["Period"]), told["Stat"], told.get("Unit") or ""
    )


def epoch(moment: datetime) -> float:
    """Return a moment in seconds; moto's own have no zone and are in UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def moment(seconds: float) -> datetime:
    """Return a moment as moto has it."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
