"""The application's own stack, which the pipeline deploys: its cluster, load balancer and sides, and who gets what."""

from collections.abc import Mapping

from troposphere import Equals, GetAtt, If, Join, Parameter, Ref, Sub, Template
from troposphere.cloudformation import Stack
from troposphere.ecs import Cluster, ClusterSetting
from troposphere.elasticloadbalancingv2 import Condition, ListenerRule, ListenerRuleAction, PathPatternConfig

from pipeline.settings import Settings
from templates import dashboard
from templates.names import SIDES, side_stack
from templates.parts import excused, nested, output, stack, tagged
from templates.service import interface

TAG = r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}"
HASH = "[0-9a-f]{16,64}"
# A side is reached by its own rule first, and only then comes the rule for everything else.
SIDE_PRIORITY = {side: str(number) for number, side in enumerate(SIDES, 1)}
PRODUCTION_PRIORITY = 1
TEST_PRIORITY = 10


def template(settings: Settings, keys: Mapping[str, str]) -> Template:
    """Return the cluster's stack, with the load balancer published under its key."""
    made = stack(
        f"{settings.app}: the application, with production on one side and the next release on the other",
        *parameters(),
        ecs_cluster(settings),
        load_balancer(settings, keys["load_balancer"]),
        *(side(settings, each) for each in SIDES),
        rule("ProductionRule", PRODUCTION_PRIORITY, "ProductionListener", "Code1"),
        rule("TestRule", TEST_PRIORITY, "TestListener", "Code2"),
        dashboard.resource(settings),
        output("ProductionRule", Ref("ProductionRule"), "The rule that decides which side production reaches"),
        output("TestRule", Ref("TestRule"), "The rule that decides which side the test listener reaches"),
        *(output(f"{each}TargetGroup", target_group(each), f"{each}'s target group") for each in SIDES),
        output("ProductionUrl", url(settings, settings.listener.production), "Production"),
        output("TestUrl", url(settings, settings.listener.test), "The side that is not live"),
        output("ClusterName", Ref("Cluster"), "The ECS cluster"),
    )
    for each in SIDES:
        made.add_condition(f"{each}IsLive", Equals(Ref("Live"), each))
    return made


def parameters() -> list[Parameter]:
    """Return the parameters: first what the deployer decided, then where everything is."""
    pins = [
        pin
        for side in SIDES
        for pin in (
            Parameter(side, Type="String", AllowedPattern=TAG, Description=f"Tag of the image that {side} runs"),
            Parameter(
                f"{side}Package", Type="String", AllowedPattern=HASH, Description=f"Hash of {side}'s service template"
            ),
        )
    ]
    live = "The side that production reaches. It feeds a tag and moves no traffic."
    return [
        *pins,
        Parameter("Live", Type="String", AllowedValues=list(SIDES), Description=live),
        Parameter("Vpc", Type="AWS::EC2::VPC::Id", Description="The VPC"),
        Parameter("PublicSubnets", Type="List<AWS::EC2::Subnet::Id>", Description="Where the load balancer stands"),
        Parameter("PrivateSubnets", Type="List<AWS::EC2::Subnet::Id>", Description="Where the tasks run"),
        Parameter("TemplateBucket", Type="String", Description="Where the templates of all packages are published"),
        Parameter("Key", Type="String", Description="ARN of the key that encrypts the logs"),
    ]


def ecs_cluster(settings: Settings) -> Cluster:
    """Return the ECS cluster."""
    why = (
        "Container Insights writes a log group that no stack owns, unencrypted and kept for ever, and is billed by the "
        "metric. The dashboard lives on the metrics that ECS reports anyway."
    )
    return Cluster(
        "Cluster",
        ClusterName=settings.app,
        ClusterSettings=[ClusterSetting(Name="containerInsights", Value="disabled")],
        **tagged(settings),
        **excused(CKV_AWS_65=why),
    )


def load_balancer(settings: Settings, key: str) -> Stack:
    """Return the load balancer's stack."""
    where = {"Vpc": Ref("Vpc"), "Subnets": Join(",", Ref("PublicSubnets"))}
    return nested("LoadBalancer", key, where, **tagged(settings))


def side(settings: Settings, identifier: str) -> Stack:
    """Return one side's stack, made from the template to which that side is pinned.

    Nothing but the app's name may come from the settings here, tags included: what changes here changes on the live
    side too.
    """
    values = {
        "Identifier": identifier,
        "Image": Ref(identifier),
        "Package": Ref(f"{identifier}Package"),
        "IsProduction": If(f"{identifier}IsLive", "true", "false"),
        "SidePriority": SIDE_PRIORITY[identifier],
        "Cluster": Ref("Cluster"),
        "Vpc": Ref("Vpc"),
        "Subnets": Join(",", Ref("PrivateSubnets")),
        "LoadBalancerSecurityGroup": GetAtt("LoadBalancer", "Outputs.SecurityGroup"),
        "TestListener": GetAtt("LoadBalancer", "Outputs.TestListener"),
        "LoadBalancerName": GetAtt("LoadBalancer", "Outputs.FullName"),
        "Key": Ref("Key"),
    }
    given = {name: values[name] for name in interface.PARAMETERS}
    return nested(side_stack(identifier), f"{settings.app}/service/${{{identifier}Package}}.json", given)


def rule(title: str, priority: int, listener: str, first: str) -> ListenerRule:
    """Return a rule for every path. It says where traffic goes when the stack is born, and never again."""
    every_path = Condition(Field="path-pattern", PathPatternConfig=PathPatternConfig(Values=["*"]))
    return ListenerRule(
        title,
        ListenerArn=GetAtt("LoadBalancer", f"Outputs.{listener}"),
        Priority=priority,
        Conditions=[every_path],
        Actions=[ListenerRuleAction(Type="forward", TargetGroupArn=target_group(first))],
    )


def target_group(identifier: str) -> GetAtt:
    """Return the ARN of a side's target group."""
    return GetAtt(side_stack(identifier), "Outputs.TargetGroup")


def url(settings: Settings, port: int) -> Sub:
    """Return where a listener is reached."""
    scheme = settings.listener.protocol.lower()
    customary = {"http": 80, "https": 443}[scheme]
    suffix = "" if port == customary else f":{port}"
    return Sub(f"{scheme}://${{LoadBalancer.Outputs.DnsName}}{suffix}")
