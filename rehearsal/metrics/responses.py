"""CloudWatch's API, as far as moto does not answer as AWS does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from moto.cloudwatch.exceptions import InvalidParameterCombination, ValidationError
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from rehearsal.metrics.series import Measured, epoch

if TYPE_CHECKING:
    from moto.cloudwatch.models import Alarm

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

    def put_composite_alarm(self) -> ActionResult:
        """Make an alarm about other alarms, or change one."""
        for name in ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod"):
            if self._get_param(name):
                raise ValidationError(f"The rehearsal does not support {name} of composite alarms.")
        return self.put_metric_alarm()

    def describe_alarms(self) -> ActionResult:
        """Return alarms, those of metrics unless others are asked for."""
        found = super().describe_alarms()
        told: Any = found.result
        wanted = self._get_param("AlarmTypes") or ["MetricAlarm"]
        composite = [_told(each) for each in told["CompositeAlarms"]] if "CompositeAlarm" in wanted else []
        return ActionResult(
            {"MetricAlarms": told["MetricAlarms"] if "MetricAlarm" in wanted else [], "CompositeAlarms": composite}
        )

    def _wanted(self, statistic: str) -> Measured:
        told: list[dict[str, Any]] = self._get_param("Dimensions") or []
        dimensions = frozenset((each["Name"], each["Value"]) for each in told)
        namespace, name = self._get_param("Namespace"), self._get_param("MetricName")
        period, unit = int(self._get_param("Period")), self._get_param("Unit") or ""
        return Measured(namespace, name, dimensions, period, statistic, unit)


def _told(alarm: Alarm) -> dict[str, Any]:
    return {
        "ActionsEnabled": alarm.actions_enabled,
        "AlarmActions": alarm.alarm_actions,
        "AlarmArn": alarm.alarm_arn,
        "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp,
        "AlarmDescription": alarm.description,
        "AlarmName": alarm.name,
        "AlarmRule": alarm.rule,
        "InsufficientDataActions": alarm.insufficient_data_actions,
        "OKActions": alarm.ok_actions,
        "StateReason": alarm.state_reason,
        "StateReasonData": alarm.state_reason_data,
        "StateUpdatedTimestamp": alarm.state_updated_timestamp,
        "StateValue": alarm.state_value,
    }
