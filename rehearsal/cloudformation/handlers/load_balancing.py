"""Application load balancers."""

from __future__ import annotations

from rehearsal.cloudformation.handler import Described, Name, Step, Tagging
from rehearsal.cloudformation.handlers.terms import Composed, names, step

TAGS = Tagging("AddTags", "RemoveTags", {"ResourceArns": "[Id]"})
CHECKS = (
    "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckPath HealthCheckPort HealthCheckProtocol "
    "HealthCheckTimeoutSeconds HealthyThresholdCount Matcher UnhealthyThresholdCount"
)
GROUP = "IpAddressType Name Port Protocol ProtocolVersion TargetType VpcId"
LISTENER = "AlpnPolicy Certificates DefaultActions MutualAuthentication Port Protocol SslPolicy"


def attributes(name: str) -> Step:
    """Return the call that sets the attributes of what bears this name."""
    renamed = {f"{name}Attributes": "Attributes"}
    return step(f"Modify{name}Attributes", f"{name}Attributes", where={f"{name}Arn": "Id"}, renamed=renamed)


LOAD_BALANCER = Composed(
    type="AWS::ElasticLoadBalancingV2::LoadBalancer",
    service="elbv2",
    creation=step("CreateLoadBalancer", "IpAddressType Name Scheme SecurityGroups SubnetMappings Subnets Type"),
    identity="Response.LoadBalancers[0].LoadBalancerArn",
    name=Name("Name", 32),
    completion=(attributes("LoadBalancer"),),
    updates=(
        step("SetSecurityGroups", "SecurityGroups", where={"LoadBalancerArn": "Id"}),
        step("SetSubnets", "Subnets SubnetMappings", where={"LoadBalancerArn": "Id"}),
        step("SetIpAddressType", "IpAddressType", where={"LoadBalancerArn": "Id"}),
        attributes("LoadBalancer"),
    ),
    reading=step("DescribeLoadBalancers", where={"LoadBalancerArns": "[Id]"}),
    attributes={
        "CanonicalHostedZoneID": "Response.LoadBalancers[0].CanonicalHostedZoneId",
        "DNSName": "Response.LoadBalancers[0].DNSName",
        "LoadBalancerArn": "Id",
        "LoadBalancerName": "Response.LoadBalancers[0].LoadBalancerName",
        "SecurityGroups": "Response.LoadBalancers[0].SecurityGroups",
    },
    derived={"LoadBalancerFullName": lambda arn: arn.partition(":loadbalancer/")[2]},
    replacing=names("Name Scheme Type"),
    tagging=TAGS,
    removal=step("DeleteLoadBalancer", where={"LoadBalancerArn": "Id"}),
    gone=names("LoadBalancerNotFound"),
)
TARGET_GROUP = Composed(
    type="AWS::ElasticLoadBalancingV2::TargetGroup",
    service="elbv2",
    creation=step("CreateTargetGroup", f"{GROUP} {CHECKS}"),
    identity="Response.TargetGroups[0].TargetGroupArn",
    name=Name("Name", 32),
    completion=(
        attributes("TargetGroup"),
        step("RegisterTargets", "Targets", where={"TargetGroupArn": "Id"}),
    ),
    updates=(
        step("ModifyTargetGroup", CHECKS, where={"TargetGroupArn": "Id"}),
        attributes("TargetGroup"),
    ),
    reading=step("DescribeTargetGroups", where={"TargetGroupArns": "[Id]"}),
    attributes={
        "LoadBalancerArns": "Response.TargetGroups[0].LoadBalancerArns",
        "TargetGroupArn": "Id",
        "TargetGroupName": "Response.TargetGroups[0].TargetGroupName",
    },
    derived={"TargetGroupFullName": lambda arn: arn.rpartition(":")[2]},
    replacing=names(GROUP),
    tagging=TAGS,
    removal=step("DeleteTargetGroup", where={"TargetGroupArn": "Id"}),
    gone=names("TargetGroupNotFound"),
)
LISTENER_HANDLER = Described(
    type="AWS::ElasticLoadBalancingV2::Listener",
    service="elbv2",
    creation=step("CreateListener", f"{LISTENER} LoadBalancerArn"),
    identity="Response.Listeners[0].ListenerArn",
    completion=(attributes("Listener"),),
    updates=(
        step("ModifyListener", LISTENER, where={"ListenerArn": "Id"}),
        attributes("Listener"),
    ),
    attributes={"ListenerArn": "Id"},
    defaults={"Certificates": [], "AlpnPolicy": []},
    replacing=names("LoadBalancerArn"),
    tagging=TAGS,
    removal=step("DeleteListener", where={"ListenerArn": "Id"}),
    gone=names("ListenerNotFound"),
)
RULE = Described(
    type="AWS::ElasticLoadBalancingV2::ListenerRule",
    service="elbv2",
    creation=step("CreateRule", "Actions Conditions ListenerArn Priority"),
    identity="Response.Rules[0].RuleArn",
    updates=(
        step("ModifyRule", "Actions Conditions", where={"RuleArn": "Id"}),
        step(
            "SetRulePriorities",
            "Priority",
            where={"RulePriorities": "[{RuleArn: Id, Priority: Properties.Priority}]"},
            turned=lambda _values: {},
        ),
    ),
    attributes={"RuleArn": "Id", "IsDefault": "`false`"},
    replacing=names("ListenerArn"),
    tagging=TAGS,
    removal=step("DeleteRule", where={"RuleArn": "Id"}),
    gone=names("RuleNotFound"),
)
CERTIFICATES = Described(
    type="AWS::ElasticLoadBalancingV2::ListenerCertificate",
    service="elbv2",
    creation=step("AddListenerCertificates", "Certificates ListenerArn"),
    identity="join('|', [Properties.ListenerArn, Properties.Certificates[0].CertificateArn])",
    replacing=names("Certificates ListenerArn"),
    removal=step("RemoveListenerCertificates", "Certificates ListenerArn"),
    gone=names("ListenerNotFound"),
)
HANDLERS = (LOAD_BALANCER, TARGET_GROUP, LISTENER_HANDLER, RULE, CERTIFICATES)
