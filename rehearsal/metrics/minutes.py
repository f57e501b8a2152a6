"""What was measured in a minute."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from moto.cloudwatch.models import MetricAggregatedDatum

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MINUTE = 60
NAMESPACE = "AWS/ApplicationELB"
# AWS keeps them for days; nobody rehearses for so long.
KEPT = 3 * 60
Dimensions = tuple[tuple[str, str], ...]
Key = tuple[str, Dimensions]


class Minute(MetricAggregatedDatum):
    """One metric's numbers in one minute, and how they are spread."""

    def __init__(self, name: str, dimensions: Dimensions, unit: str, start: int) -> None:
        """Begin with none."""
        named = [{"Name": key, "Value": value} for key, value in dimensions]
        moment = datetime.fromtimestamp(start, UTC).replace(tzinfo=None)
        super().__init__(NAMESPACE, name, float("inf"), float("-inf"), 0, 0, named, moment, unit)
        self.spread: Counter[float] = Counter()

    def add(self, value: float, count: int = 1, total: float | None = None) -> None:
        """Add a number that was measured so often; their sum may be known better than they are."""
        self.spread[value] += count
        self.min, self.max = min(self.min, value), max(self.max, value)
        self.sample_count += count
        self.sum += value * count if total is None else total


class Minutes:
    """The last minutes of one region."""

    def __init__(self) -> None:
        """Start with none."""
        self._minutes: OrderedDict[int, dict[Key, Minute]] = OrderedDict()
        self._guard = threading.Lock()

    def note(self, now: float, name: str, dimensions: Mapping[str, str], unit: str = "Count") -> Minute:
        """Return where to add a number that was measured now."""
        start, key = int(now) // MINUTE * MINUTE, (name, tuple(sorted(dimensions.items())))
        with self._guard:
            if start not in self._minutes:
                self._minutes[start] = {}
                while len(self._minutes) > KEPT:
                    self._minutes.popitem(last=False)
            minute = self._minutes[start]
            if key not in minute:
                minute[key] = Minute(name, key[1], unit, start)
            return minute[key]

    def all(self) -> Iterable[Minute]:
        """Return all that is kept."""
        with self._guard:
            return [each for minute in self._minutes.values() for each in minute.values()]
