"""Alarms: what they watch, what they say, and whom they tell."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from moto.cloudwatch.exceptions import ValidationError

from rehearsal.metrics.composites import Rule
from rehearsal.metrics.minutes import MINUTE
from rehearsal.metrics.queries import Queries, told
from rehearsal.metrics.series import PERCENTILE, Measured, gathered
from rehearsal.metrics.verdicts import OPERATORS, Terms, Verdict, judge

if TYPE_CHECKING:
    from moto.cloudwatch.models import Alarm, MetricDatumBase

    from rehearsal.cloud import Cloud

LOG = logging.getLogger("rehearsal.metrics")
# A percentile needs so many times more numbers than lie beyond it.
ENOUGH_BEYOND = 10


def check(alarm: Alarm) -> None:
    """Refuse an alarm that could not be judged here."""
    if alarm.rule:
        return
    if alarm.comparison_operator not in OPERATORS:
        raise ValidationError(f"The rehearsal does not support the comparison operator {alarm.comparison_operator}.")
    if alarm.treat_missing_data not in (None, "missing", "ignore", "breaching", "notBreaching"):
        raise ValidationError(f"Option {alarm.treat_missing_data} is not supported for parameter TreatMissingData.")
    if alarm.metric_data_queries:
        Queries(map(told, alarm.metric_data_queries))
        _watched(alarm)
    else:
        _metric(alarm)


def verdict(alarm: Alarm, data: list[MetricDatumBase], now: float) -> Verdict:
    """Return what the alarm of a metric says now."""
    terms = Terms(
        alarm.comparison_operator,
        float(alarm.threshold),
        int(alarm.evaluation_periods),
        int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        alarm.treat_missing_data or "missing",
    )
    before: Any = alarm.state_value
    if alarm.metric_data_queries:
        queries = Queries(map(told, alarm.metric_data_queries))
        start = (now // queries.period - terms.looked_at + 1) * queries.period
        # What is measured in this moment belongs to the running period.
        return judge(terms, queries.series(data, start, now + 1)[_watched(alarm)], before)
    metric = _metric(alarm)
    start = (now // metric.period - terms.looked_at + 1) * metric.period
    found = gathered(data, metric, start, now + 1)
    if found and alarm.evaluate_low_sample_count_percentile == "ignore":
        newest = found[max(found)]
        if newest.count < _enough(metric.statistic):
            return Verdict(before, alarm.state_reason)
    return judge(terms, {when: numbers.value(metric.statistic) for when, numbers in found.items()}, before)


def composed(alarm: Alarm, states: dict[str, str]) -> Verdict:
    """Return what a composite alarm says now that the others say this."""
    holds = Rule(alarm.rule or "", states).holds()
    return Verdict("ALARM" if holds else "OK", f"The alarm rule is {'true' if holds else 'false'}: {alarm.rule}")


def tell(cloud: Cloud, alarm: Alarm, region: str, before: Verdict) -> None:
    """Tell everybody that the alarm says something else than before."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
    change = {
        "alarmName": alarm.name,
        "state": {"value": alarm.state_value, "reason": alarm.state_reason, "timestamp": now},
        "previousState": {"value": before.state, "reason": before.reason},
        "configuration": {"description": alarm.description or ""},
    }
    cloud.bus.emit("aws.cloudwatch", "CloudWatch Alarm State Change", change, [alarm.alarm_arn], region)
    if alarm.actions_enabled:
        for action in _actions(alarm):
            _act(cloud, alarm, region, action, _message(cloud, alarm, region, before, now))


def _actions(alarm: Alarm) -> list[str]:
    by_state = {"ALARM": alarm.alarm_actions, "OK": alarm.ok_actions}
    return by_state.get(alarm.state_value, alarm.insufficient_data_actions) or []


def _act(cloud: Cloud, alarm: Alarm, region: str, action: str, message: dict[str, Any]) -> None:
    if not action.startswith("arn:aws:sns:"):
        LOG.warning("alarm %s: the action %s is not supported by the rehearsal", alarm.name, action)
        return
    subject = f'{alarm.state_value}: "{alarm.name}" in {region}'
    try:
        sns = cloud.client("sns", region)
        sns.publish(TopicArn=action, Subject=subject[:100], Message=json.dumps(message))
    except (ClientError, BotoCoreError) as error:
        # As on AWS, an action that fails changes nothing about the alarm.
        LOG.warning("alarm %s: %s", alarm.name, error)


def _message(cloud: Cloud, alarm: Alarm, region: str, before: Verdict, now: str) -> dict[str, Any]:
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": cloud.account,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": now,
        "Region": region,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before.state,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": alarm.insufficient_data_actions,
    }


def _watched(alarm: Alarm) -> str:
    returned = [query.id for query in alarm.metric_data_queries if query.return_data in (None, True, "true")]
    if len(returned) != 1:
        raise ValidationError("Exactly one element of the metrics list should return data.")
    return returned[0]


def _metric(alarm: Alarm) -> Measured:
    dimensions = frozenset((str(each.name), str(each.value)) for each in alarm.dimensions)
    statistic = alarm.statistic or alarm.extended_statistic or ""
    return Measured(
        alarm.namespace, alarm.metric_name, dimensions, int(alarm.period or MINUTE), statistic, alarm.unit or ""
    )


def _enough(statistic: str) -> float:
    """Return of how many numbers a percentile says something."""
    if not PERCENTILE.match(statistic):
        return 0
    share = float(statistic[1:]) / 100
    beyond = share if share < 0.5 else 1 - share
    return ENOUGH_BEYOND / beyond if beyond else float("inf")
