"""Log groups."""

from __future__ import annotations

from rehearsal.cloudformation.handler import Described, Finding, Name, Tagging
from rehearsal.cloudformation.handlers.terms import Composed, Setting, names, settings, step

FILTER = "FilterPattern MetricTransformations ApplyOnTransformedLogs"

GROUP = Composed(
    type="AWS::Logs::LogGroup",
    service="logs",
    creation=step("CreateLogGroup", "KmsKeyId LogGroupClass"),
    identity="Properties.LogGroupName",
    name=Name("LogGroupName", 512),
    parts={
        **settings(
            Setting(
                "logs",
                "RetentionInDays",
                "PutRetentionPolicy",
                "LogGroupName",
                member="RetentionInDays",
                remove="DeleteRetentionPolicy",
            ),
        )
    },
    updates=(step("AssociateKmsKey", "KmsKeyId", where={"LogGroupName": "Id"}),),
    reading=step("DescribeLogGroups", where={"LogGroupNamePrefix": "Id"}),
    finding=Finding(
        step("DescribeLogGroups", where={"LogGroupNamePrefix": "Id"}),
        "sort_by(Response.logGroups, &logGroupName)[0].logGroupName == Id && Response || `null`",
    ),
    # Of all names that begin with this one, this one comes first.
    attributes={"Arn": "sort_by(Response.logGroups, &logGroupName)[0].arn"},
    replacing=names("LogGroupClass LogGroupName"),
    tagging=Tagging("TagLogGroup", "UntagLogGroup", {"LogGroupName": "Id"}, keys="Tags", mapped=True),
    removal=step("DeleteLogGroup", where={"LogGroupName": "Id"}),
    gone=names("ResourceNotFoundException"),
)
METRIC_FILTER = Described(
    type="AWS::Logs::MetricFilter",
    service="logs",
    creation=step("PutMetricFilter", f"{FILTER} LogGroupName"),
    identity="Properties.FilterName",
    name=Name("FilterName", 512),
    updates=(step("PutMetricFilter", FILTER, along=f"{FILTER} LogGroupName", where={"FilterName": "Id"}),),
    replacing=names("FilterName LogGroupName"),
    removal=step("DeleteMetricFilter", "LogGroupName", where={"FilterName": "Id"}),
    gone=names("ResourceNotFoundException"),
)
HANDLERS = (GROUP, METRIC_FILTER)
