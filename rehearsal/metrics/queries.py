"""Several metrics and formulas that are asked for together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.cloudwatch.exceptions import ValidationError

from rehearsal.metrics import formulas
from rehearsal.metrics.minutes import MINUTE
from rehearsal.metrics.series import Series, measured, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from moto.cloudwatch.models import MetricDataQuery, MetricDatumBase

Asked = dict[str, Any]


class Queries:
    """Queries by their ids, which formulas refer to."""

    def __init__(self, asked: Iterable[Asked]) -> None:
        """Take queries as the API has them; raises for what is no formula, or uses what is not there."""
        self._asked = {query["Id"]: query for query in asked}
        for query in self._asked.values():
            if query.get("Expression"):
                self._check(query["Id"], ())

    @property
    def period(self) -> int:
        """The shortest period of all."""
        periods = [query.get("Period") or query.get("MetricStat", {}).get("Period") for query in self._asked.values()]
        return min((int(each) for each in periods if each), default=MINUTE)

    def series(self, data: list[MetricDatumBase], start: float, end: float) -> dict[str, Series]:
        """Return each query's values."""
        found: dict[str, Series] = {}
        times = range(int(start) // self.period * self.period, int(-(-end // 1)), self.period)
        for name in self._asked:
            self._find(name, found, data, times, end)
        return found

    def _find(self, name: str, found: dict[str, Series], data: list[MetricDatumBase], times: range, end: float) -> None:
        query = self._asked[name]
        if name in found:
            return
        if not query.get("Expression"):
            found[name] = read(data, measured(query["MetricStat"]), times.start, end)
            return
        for other in formulas.names(query["Expression"]):
            self._find(other, found, data, times, end)
        found[name] = formulas.compute(query["Expression"], found, times)

    def _check(self, name: str, on_the_way: tuple[str, ...]) -> None:
        if name in on_the_way:
            raise ValidationError(f"The expressions {', '.join(on_the_way)} refer to each other.")
        expression = self._asked[name].get("Expression") or ""
        for other in formulas.names(expression) if expression else ():
            if other not in self._asked:
                raise ValidationError(f"Error in expression '{name}': Invalid syntax, '{other}' is not defined.")
            self._check(other, (*on_the_way, name))


def told(query: MetricDataQuery) -> Asked:
    """Return an alarm's query as the API has it."""
    one: Asked = {"Id": query.id, "Expression": query.expression, "Period": query.period}
    if query.metric_stat:
        metric = query.metric_stat.metric
        dimensions = [{"Name": each.name, "Value": each.value} for each in metric.dimensions]
        named = {"Namespace": metric.namespace, "MetricName": metric.metric_name, "Dimensions": dimensions}
        stat = query.metric_stat
        one["MetricStat"] = {"Metric": named, "Period": stat.period, "Stat": stat.stat, "Unit": stat.unit}
    return one
