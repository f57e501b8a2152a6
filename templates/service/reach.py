"""How the side is reached: its target group, the rule that leads to it alone, and the security groups in between."""

from troposphere import GetAtt, Ref, Tags
from troposphere.ec2 import SecurityGroup, SecurityGroupEgress, SecurityGroupRule
from troposphere.elasticloadbalancingv2 import (
    Condition,
    HttpHeaderConfig,
    ListenerRule,
    ListenerRuleAction,
    Matcher,
    TargetGroup,
    TargetGroupAttribute,
)

from pipeline.settings import Settings
from templates.parts import Part, tagged
from templates.service.interface import of_side, side_name

SIDE_HEADER = "X-Flipside-Side"
EVERYWHERE = "0.0.0.0/0"


def resources(settings: Settings) -> list[Part]:
    """Return everything between the load balancer and the tasks."""
    return [target_group(settings), side_rule(), security_group(settings), way_to_the_tasks(settings)]


def target_group(settings: Settings) -> TargetGroup:
    """Return the target group that carries the side's state as tags."""
    check = settings.container.health_check
    draining = TargetGroupAttribute(Key="deregistration_delay.timeout_seconds", Value=str(settings.release.draining))
    state = {name: Ref(name) for name in ("Identifier", "IsProduction", "Image", "Package")}
    return TargetGroup(
        "TargetGroup",
        # Constants, all of them: another name, port or protocol would make another target group, and the rule that
        # forwards production would have to be sent again. Each task registers with its own port anyway.
        Name=side_name(),
        Port=80,
        Protocol="HTTP",
        TargetType="ip",
        VpcId=Ref("Vpc"),
        HealthCheckPath=check.path,
        HealthCheckIntervalSeconds=check.interval,
        HealthCheckTimeoutSeconds=check.timeout,
        HealthyThresholdCount=check.healthy_threshold,
        UnhealthyThresholdCount=check.unhealthy_threshold,
        Matcher=Matcher(HttpCode=check.codes),
        TargetGroupAttributes=[draining],
        Tags=Tags({**settings.tags, **state}),
    )


def side_rule() -> ListenerRule:
    """Return the rule by which this side is reached whether it is live or not.

    It also keeps the target group attached to the load balancer, so that its health is always known and the service
    can be created before any other rule points at it.
    """
    named = HttpHeaderConfig(HttpHeaderName=SIDE_HEADER, Values=[Ref("Identifier")])
    return ListenerRule(
        "SideRule",
        ListenerArn=Ref("TestListener"),
        Priority=Ref("SidePriority"),
        Conditions=[Condition(Field="http-header", HttpHeaderConfig=named)],
        Actions=[ListenerRuleAction(Type="forward", TargetGroupArn=Ref("TargetGroup"))],
    )


def security_group(settings: Settings) -> SecurityGroup:
    """Return the tasks' group: reached by the load balancer only, free to call out over TCP."""
    port = settings.container.port
    from_balancer = SecurityGroupRule(
        IpProtocol="tcp",
        FromPort=port,
        ToPort=port,
        SourceSecurityGroupId=Ref("LoadBalancerSecurityGroup"),
        Description="Requests from the load balancer",
    )
    outward = SecurityGroupRule(
        IpProtocol="tcp",
        FromPort=0,
        ToPort=65535,
        CidrIp=EVERYWHERE,
        Description="AWS, and whatever the application calls",
    )
    return SecurityGroup(
        "TaskSecurityGroup",
        GroupDescription=f"{settings.app}: the tasks of one side",
        VpcId=Ref("Vpc"),
        SecurityGroupIngress=[from_balancer],
        SecurityGroupEgress=[outward],
        **tagged(settings, Name=side_name()),
    )


def way_to_the_tasks(settings: Settings) -> SecurityGroupEgress:
    """Let the load balancer reach this side's tasks, and thereby its health check and its requests."""
    return SecurityGroupEgress(
        "WayToTheTasks",
        GroupId=Ref("LoadBalancerSecurityGroup"),
        IpProtocol="tcp",
        FromPort=settings.container.port,
        ToPort=settings.container.port,
        DestinationSecurityGroupId=GetAtt("TaskSecurityGroup", "GroupId"),
        Description=of_side("Requests to ${Side}"),
    )
