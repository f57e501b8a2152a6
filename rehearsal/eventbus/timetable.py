"""When a schedule such as `rate(5 minutes)` or `cron(0 8 ? * MON-FRI *)` is due."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
CRON = re.compile(r"cron\(([^()]+)\)")
MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
DAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
HORIZON = 366 * 5


@dataclass(frozen=True)
class Cron:
    """The minutes, hours, days and years at which something is due."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    years: frozenset[int]

    def after(self, moment: datetime) -> datetime | None:
        """Return the first due minute behind this moment."""
        start = moment.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for ahead in range(HORIZON):
            day = start.date() + timedelta(days=ahead)
            if day.year not in self.years or day.month not in self.months or day.day not in self.days:
                continue
            if day.isoweekday() % 7 + 1 not in self.weekdays:
                continue
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    due = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                    if due >= start:
                        return due
        return None


def due_after(expression: str, moment: datetime) -> datetime | None:
    """Return when the schedule is due next; raises ValueError if it is none."""
    rate = RATE.fullmatch(expression)
    if rate:
        count, unit, plural = int(rate[1]), rate[2], bool(rate[3])
        if plural == (count == 1):
            raise ValueError(f"{expression}: one {unit}, several {unit}s")
        return moment + timedelta(**{f"{unit}s": count})
    return _cron(expression).after(moment)


def _cron(expression: str) -> Cron:
    fields = (CRON.fullmatch(expression) or [expression, ""])[1].split()
    if len(fields) != 6:
        raise ValueError(f"{expression} has not the six fields of a cron expression")
    if (fields[2] == "?") == (fields[4] == "?"):
        raise ValueError(f"{expression}: one of day of month and day of week is a ?, and only one")
    return Cron(
        _field(fields[0], 0, 59),
        _field(fields[1], 0, 23),
        _field(fields[2], 1, 31),
        _field(fields[3], 1, 12, MONTHS),
        _field(fields[4], 1, 7, DAYS),
        _field(fields[5], 1970, 2199),
    )


def _field(text: str, least: int, most: int, names: dict[str, int] | None = None) -> frozenset[int]:
    return frozenset(number for part in text.split(",") for number in _part(part, least, most, names or {}))


def _part(part: str, least: int, most: int, names: dict[str, int]) -> range:
    span, _, step = part.partition("/")
    first, _, last = span.partition("-")
    if span in ("*", "?"):
        first, last = str(least), str(most)
    elif not last:
        last = str(most) if step else first
    start, end = (int(names.get(each.upper(), each)) for each in (first, last))
    if not least <= start <= end <= most:
        raise ValueError(f"{part} is not between {least} and {most}")
    return range(start, end + 1, int(step or 1))
