"""A record of who talked to whom in the VPC."""

from troposphere import GetAtt, Ref, Sub
from troposphere.ec2 import FlowLog

from pipeline.settings import Settings
from templates.names import Names, arn
from templates.parts import Part, log_group, tagged
from templates.policy import WRITE_LOGS, allow, role, trust


def resources(settings: Settings) -> list[Part]:
    """Return the flow log, where it is kept and the role that writes it."""
    names = Names(settings.app)
    return [
        log_group("FlowLogs", settings, names.log_group("network")),
        role(
            "FlowLogRole",
            Sub(names.role("flow-log")),
            trust("vpc-flow-logs.amazonaws.com", arn("ec2", "vpc-flow-log/*")),
            allow([*WRITE_LOGS, "logs:DescribeLogStreams"], GetAtt("FlowLogs", "Arn")),
            allow(["logs:DescribeLogGroups"], "*"),
            **tagged(settings),
        ),
        FlowLog(
            "FlowLog",
            ResourceType="VPC",
            ResourceId=Ref("Vpc"),
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=Ref("FlowLogs"),
            DeliverLogsPermissionArn=GetAtt("FlowLogRole", "Arn"),
            **tagged(settings, Name=settings.app),
        ),
    ]
