"""CloudWatch's API, as far as moto does not answer as AWS does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from moto.cloudwatch.exceptions import InvalidParameterCombination
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from rehearsal.metrics.series import Measured, epoch

if TYPE_CHECKING:
    from rehearsal.metrics.backend import Backend


class Response(CloudWatchResponse):
    """Answers with percentiles, too."""

    def get_metric_statistics(self) -> ActionResult:
        """Return statistics of one metric."""
        plain: list[str] = self._get_param("Statistics") or []
        extended: list[str] = self._get_param("ExtendedStatistics") or []
        if not plain and not extended:
            raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
        names = [*plain, *extended]
        wanted, *_ = [self._wanted(name) for name in names]
        start, end = epoch(self._get_param("StartTime")), epoch(self._get_param("EndTime"))
        points = cast("Backend", self.cloudwatch_backend).statistics(wanted, names, start, end)
        for point in points:
            apart = {name: point.pop(name) for name in extended}
            point.update({"ExtendedStatistics": apart} if apart else {}, Unit=wanted.unit or "None")
        return ActionResult({"Label": wanted.name, "Datapoints": points})

    def _wanted(self, statistic: str) -> Measured:
        told: list[dict[str, Any]] = self._get_param("Dimensions") or []
        dimensions = frozenset((each["Name"], each["Value"]) for each in told)
        namespace, name = self._get_param("Namespace"), self._get_param("MetricName")
        period, unit = int(self._get_param("Period")), self._get_param("Unit") or ""
        return Measured(namespace, name, dimensions, period, statistic, unit)
