"""What CloudFormation calls to make, change and delete the cluster stacks: kinds of resources, actions, names."""

from troposphere import Sub

from templates.names import SIDES, Names, arn
from templates.policy import Conditions, Statement, allow

BALANCING = "elasticloadbalancing"
LINKED_ROLES = {"ecs": "AWSServiceRoleForECS", BALANCING: "AWSServiceRoleForElasticLoadBalancing"}
TASK_ROLES = ("execution", "task")


def statements(names: Names) -> list[Statement]:
    """Return everything that CloudFormation may do."""
    return [*stacks(names), *roles(names), *resources(names)]


def resources(names: Names) -> list[Statement]:
    """Return what CloudFormation may do to everything but stacks and roles."""
    return [*load_balancing(names), *containers(names), *security_groups(), *observation(names)]


def bounds(names: Names) -> list[Statement]:
    """Return the most that CloudFormation may ever do, whatever else somebody attaches to its role.

    A boundary has to be short, so it names the same actions on any resource of the account, where the role's own
    policy names the resource. On stacks and roles, by which a role could rise above itself, it is as exact as the
    policy.
    """
    seen = [action for each in resources(names) if each["Resource"] == "*" for action in each["Action"]]
    done = [action for each in resources(names) if each["Resource"] != "*" for action in each["Action"]]
    services = sorted({action.split(":")[0] for action in done})
    return [
        *stacks(names),
        *roles(names),
        allow(sorted({*seen}), "*"),
        allow(sorted({*done}), [arn(service, "*", region="*") for service in services]),
    ]


def actions(service: str, words: str) -> list[str]:
    """Return the actions of one service that the words name."""
    return [f"{service}:{word}" for word in words.split()]


def of_sides(service: str, names: Names, *patterns: str) -> list[Sub]:
    """Return the ARNs of what is called after a side, whose name stands for the `{}` of a pattern."""
    return [arn(service, pattern.format(names.side(side))) for pattern in patterns for side in SIDES]


def stacks(names: Names) -> list[Statement]:
    """The nested stacks, and the templates from which they are made."""
    verbs = "CreateStack DeleteStack DescribeStacks TagResource UntagResource UpdateStack"
    published = [f"${{TemplateBucket}}/{names.app}/{kind}/*" for kind in ("load_balancer", "service")]
    return [
        allow(actions("cloudformation", verbs), arn("cloudformation", f"stack/{names.cluster_stack}-*/*")),
        allow(["s3:GetObject"], [arn("s3", key, region="", account="") for key in published]),
    ]


def load_balancing(names: Names) -> list[Statement]:
    """The load balancer, its listeners, rules and target groups. Rules come and go with their stack, unmodified."""
    seen = (
        "DescribeCapacityReservation DescribeListenerAttributes DescribeListeners DescribeLoadBalancerAttributes "
        "DescribeLoadBalancers DescribeRules DescribeTags DescribeTargetGroupAttributes DescribeTargetGroups "
        "DescribeTargetHealth"
    )
    balancer = (
        "CreateListener CreateLoadBalancer DeleteLoadBalancer ModifyLoadBalancerAttributes SetIpAddressType "
        "SetSecurityGroups SetSubnets AddTags RemoveTags"
    )
    listener = "CreateRule DeleteListener ModifyListener ModifyListenerAttributes AddTags RemoveTags"
    group = "CreateTargetGroup DeleteTargetGroup ModifyTargetGroup ModifyTargetGroupAttributes AddTags RemoveTags"
    return [
        allow(actions(BALANCING, seen), "*"),
        allow(actions(BALANCING, balancer), arn(BALANCING, f"loadbalancer/app/{names.app}/*")),
        allow(actions(BALANCING, listener), arn(BALANCING, f"listener/app/{names.app}/*")),
        allow(actions(BALANCING, "DeleteRule AddTags RemoveTags"), arn(BALANCING, f"listener-rule/app/{names.app}/*")),
        allow(actions(BALANCING, group), of_sides(BALANCING, names, "targetgroup/{}/*")),
    ]


def containers(names: Names) -> list[Statement]:
    """The ECS cluster, its services and their task definitions."""
    tag = "ListTagsForResource TagResource UntagResource"
    cluster = (
        "CreateCluster DeleteCluster DescribeClusters PutClusterCapacityProviders UpdateCluster UpdateClusterSettings"
    )
    service = (
        "CreateService DeleteService DescribeServiceDeployments DescribeServices ListServiceDeployments "
        "StopServiceDeployment UpdateService"
    )
    named = f"{names.app}/{{}}"
    return [
        allow(actions("ecs", f"{cluster} {tag}"), arn("ecs", f"cluster/{names.app}")),
        allow(
            actions("ecs", f"{service} {tag}"),
            of_sides("ecs", names, f"service/{named}", f"service-deployment/{named}/*"),
        ),
        allow(actions("ecs", f"RegisterTaskDefinition {tag}"), of_sides("ecs", names, "task-definition/{}:*")),
        allow(actions("ecs", "DeregisterTaskDefinition DescribeTaskDefinition"), "*"),
    ]


def security_groups() -> list[Statement]:
    """The security groups of this VPC. Their ids are made up by AWS, so it is the VPC that bounds them."""
    seen = (
        "DescribeAccountAttributes DescribeInstances DescribeInternetGateways DescribeSecurityGroupRules "
        "DescribeSecurityGroups DescribeSubnets DescribeVpcs"
    )
    change = (
        "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress CreateTags DeleteSecurityGroup DeleteTags "
        "RevokeSecurityGroupEgress RevokeSecurityGroupIngress UpdateSecurityGroupRuleDescriptionsEgress "
        "UpdateSecurityGroupRuleDescriptionsIngress"
    )
    group, vpc = arn("ec2", "security-group/*"), arn("ec2", "vpc/${Vpc}")
    in_this_vpc: Conditions = {"ArnEquals": {"ec2:Vpc": vpc}}
    while_creating: Conditions = {"StringEquals": {"ec2:CreateAction": "CreateSecurityGroup"}}
    return [
        allow(actions("ec2", seen), "*"),
        allow(["ec2:CreateSecurityGroup"], [group, vpc]),
        allow(["ec2:CreateTags"], group, while_creating),
        allow(actions("ec2", change), group, in_this_vpc),
    ]


def roles(names: Names) -> list[Statement]:
    """The roles of the sides' tasks: made within the boundary only, and passed to tasks only."""
    own = [names.role_arn(f"{side.lower()}-{kind}") for side in SIDES for kind in TASK_ROLES]
    bounded = "CreateRole DeleteRolePolicy PutRolePermissionsBoundary PutRolePolicy"
    plain = (
        "DeleteRole GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies ListRoleTags TagRole UntagRole "
        "UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription"
    )
    linked = [arn("iam", f"role/aws-service-role/{s}.amazonaws.com/{r}", region="") for s, r in LINKED_ROLES.items()]
    services = [f"{service}.amazonaws.com" for service in LINKED_ROLES]
    return [
        allow(actions("iam", bounded), own, {"ArnEquals": {"iam:PermissionsBoundary": names.policy_arn("boundary")}}),
        allow(actions("iam", plain), own),
        allow(["iam:PassRole"], own, {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}),
        allow(["iam:CreateServiceLinkedRole"], linked, {"StringEquals": {"iam:AWSServiceName": services}}),
    ]


def observation(names: Names) -> list[Statement]:
    """The log groups, the alarms and the dashboard."""
    tag = "ListTagsForResource TagResource UntagResource"
    logs = (
        "AssociateKmsKey CreateLogGroup DeleteDataProtectionPolicy DeleteLogGroup DeleteRetentionPolicy "
        f"DisassociateKmsKey GetDataProtectionPolicy PutRetentionPolicy {tag}"
    )
    groups = [arn("logs", f"log-group:{names.log_group(names.side(s))}{rest}") for s in SIDES for rest in ("", ":*")]
    alarms = of_sides("cloudwatch", names, "alarm:{}-*")
    dashboard = arn("cloudwatch", f"dashboard/{names.dashboard}", region="")
    return [
        allow(actions("logs", "DescribeIndexPolicies DescribeLogGroups DescribeResourcePolicies"), "*"),
        allow(actions("logs", logs), groups),
        allow(actions("cloudwatch", f"DeleteAlarms DescribeAlarms PutMetricAlarm {tag}"), alarms),
        allow(actions("cloudwatch", f"DeleteDashboards GetDashboard PutDashboard {tag}"), dashboard),
    ]
