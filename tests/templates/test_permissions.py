"""CloudFormation's role against what CloudFormation itself says it calls for each type of resource.

Every type's schema names the actions of its handlers. The role has all of them but those that are listed here, and no
others but those that are listed here.
"""

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tests.templates import samples
from tests.templates.test_iam import allowed, role

DEPLOYED = ("cluster", "load_balancer", "service")
WITHHELD = {
    "a rule that is modified would undo a flip": {
        "elasticloadbalancing:ModifyRule",
        "elasticloadbalancing:SetRulePriorities",
    },
    "roles have inline policies and keep their boundary": {
        "iam:AttachRolePolicy",
        "iam:DeleteRolePermissionsBoundary",
        "iam:DetachRolePolicy",
    },
    "ECS registers the targets": {"elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"},
    "nested stacks are plain": {
        "cloudformation:GetStackPolicy",
        "cloudformation:GetTemplate",
        "cloudformation:SetStackPolicy",
        "cloudformation:UpdateTerminationProtection",
    },
    "the load balancer is plain": {
        "cognito-idp:DescribeUserPoolClient",
        "ec2:DescribeIpamPools",
        "elasticloadbalancing:ModifyCapacityReservation",
        "elasticloadbalancing:ModifyIpPools",
    },
    "the cluster has no key and leaves the account's settings alone": {
        "ecs:PutAccountSetting",
        "ecs:PutAccountSettingDefault",
        "kms:DescribeKey",
    },
    "log groups are plain": {
        "firehose:TagDeliveryStream",
        "logs:CreateLogDelivery",
        "logs:DeleteIndexPolicy",
        "logs:DeleteResourcePolicy",
        "logs:PutBearerTokenAuthentication",
        "logs:PutDataProtectionPolicy",
        "logs:PutIndexPolicy",
        "logs:PutLogGroupDeletionProtection",
        "logs:PutResourcePolicy",
        "s3:REST.PUT.OBJECT",
    },
}
BESIDES = {
    "tags of nested stacks": {"cloudformation:TagResource", "cloudformation:UntagResource"},
    "templates of nested stacks": {"s3:GetObject"},
    "parameters that name a subnet are checked": {"ec2:DescribeSubnets"},
    "what an internet-facing load balancer needs is checked": {
        "ec2:DescribeAccountAttributes",
        "ec2:DescribeInternetGateways",
    },
}


def called() -> set[str]:
    """Return what CloudFormation calls, by its own account."""
    kinds = {each["Type"] for stack in DEPLOYED for each in samples.templates("secure")[stack]["Resources"].values()}
    actions: set[str] = set()
    for kind in kinds:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("eu-west-1", kind).schema
        for operation in ("create", "read", "update", "delete"):
            actions.update(schema["handlers"].get(operation, {}).get("permissions", []))
        actions.update(schema.get("tagging", {}).get("permissions", []))
    return actions


def test_the_role_has_what_cloudformation_calls_and_no_more() -> None:
    withheld, besides = (set().union(*table.values()) for table in (WITHHELD, BESIDES))
    assert called() - allowed(role("CloudFormationRole")) == withheld
    assert allowed(role("CloudFormationRole")) - called() == besides
