"""Alarms, dashboards and rules on events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Finding, Name, Tagging
from rehearsal.cloudformation.handlers.terms import Composed, moved, names, send, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call

ALARM = (
    "ActionsEnabled AlarmActions AlarmDescription ComparisonOperator DatapointsToAlarm Dimensions "
    "EvaluateLowSampleCountPercentile EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Metrics "
    "Namespace OKActions Period Statistic Threshold ThresholdMetricId TreatMissingData Unit"
)
RULE = "Description EventPattern RoleArn ScheduleExpression State"


def _targets(call: Call, _physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    rule = new or old
    where = {"Rule": _physical_id, **({"EventBusName": rule["EventBusName"]} if "EventBusName" in rule else {})}
    gone, fresh = moved(old.get("Targets"), new.get("Targets"))
    kept = {target["Id"] for target in fresh}
    if lost := [target["Id"] for target in gone if target["Id"] not in kept]:
        send(call, "events", "RemoveTargets", {**where, "Ids": lost})
    if fresh:
        send(call, "events", "PutTargets", {**where, "Targets": fresh})


ALARM_HANDLER = Described(
    type="AWS::CloudWatch::Alarm",
    service="cloudwatch",
    creation=step("PutMetricAlarm", ALARM),
    identity="Properties.AlarmName",
    name=Name("AlarmName", 255),
    updates=(step("PutMetricAlarm", ALARM, along=ALARM, where={"AlarmName": "Id"}),),
    reading=step("DescribeAlarms", where={"AlarmNames": "[Id]"}),
    finding=Finding(
        step("DescribeAlarms", where={"AlarmNames": "[Id]"}), "Response.MetricAlarms[0] && Response || `null`"
    ),
    attributes={"Arn": "Response.MetricAlarms[0].AlarmArn"},
    replacing=names("AlarmName"),
    tagging=Tagging("TagResource", "UntagResource", {"ResourceARN": "Attributes.Arn"}),
    removal=step("DeleteAlarms", where={"AlarmNames": "[Id]"}),
    gone=names("ResourceNotFound"),
)
DASHBOARD = Described(
    type="AWS::CloudWatch::Dashboard",
    service="cloudwatch",
    creation=step("PutDashboard", "DashboardBody"),
    identity="Properties.DashboardName",
    name=Name("DashboardName", 255),
    updates=(step("PutDashboard", "DashboardBody", where={"DashboardName": "Id"}),),
    recorded=names("Tags"),
    replacing=names("DashboardName"),
    removal=step("DeleteDashboards", where={"DashboardNames": "[Id]"}),
    gone=names("ResourceNotFound DashboardNotFoundError"),
)
RULE_HANDLER = Composed(
    type="AWS::Events::Rule",
    service="events",
    creation=step("PutRule", f"{RULE} EventBusName"),
    identity="Properties.Name",
    name=Name("Name", 64),
    updates=(step("PutRule", RULE, along=f"{RULE} EventBusName", where={"Name": "Id"}),),
    parts={"Targets": _targets},
    emptied=names("Targets"),
    attributes={"Arn": "Response.RuleArn"},
    replacing=names("EventBusName Name"),
    tagging=Tagging("TagResource", "UntagResource", {"ResourceARN": "Attributes.Arn"}),
    removal=step("DeleteRule", "EventBusName", where={"Name": "Id"}),
    gone=names("ResourceNotFoundException"),
)
HANDLERS = (ALARM_HANDLER, DASHBOARD, RULE_HANDLER)
