"""Roles: one for each actor, every action and resource spelled out, and none that can rise above itself."""

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from tests.templates import policies, samples
from tests.templates.resolution import AWS, resolved

STATEMENTS = list(policies.statements())
BOUNDARY = "arn:aws-us-gov:iam::123456789012:policy/greeter-boundary-us-gov-west-1"
# What AWS says of its own actions, as cfn-lint ships it.
CATALOGUE: dict[str, Any] = json.loads(files("cfnlint.data.AdditionalSpecs").joinpath("Policies.json").read_text())
# Services that say on whose behalf they assume a role. The others can be handed a role only by an account's own
# principals, since iam:PassRole does not cross accounts.
TELLING = {
    "codebuild.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "events.amazonaws.com",
    "vpc-flow-logs.amazonaws.com",
}


def scopes(action: str) -> Any:
    """Return the kinds of resources to which an action can be limited."""
    service, name = action.split(":")
    return CATALOGUE[service]["Actions"][name.lower()].get("Resources", [])


def role(title: str, stack: str = "pipeline", name: str = "minimal") -> dict[str, Any]:
    """Return a role's properties, its references resolved."""
    template = samples.templates(name)[stack]
    return resolved(template["Resources"][title]["Properties"], template, {"Vpc": "vpc-1", "TemplateBucket": "bucket"})


def grants(properties: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of a role's own policy."""
    return [each for policy in properties["Policies"] for each in policy["PolicyDocument"]["Statement"]]


def allowed(properties: dict[str, Any]) -> set[str]:
    """Return everything that a role may do to something."""
    return {action for each in grants(properties) for action in each["Action"]}


def test_there_is_something_to_look_at() -> None:
    assert len(STATEMENTS) > 300
    assert {each.kind for each in STATEMENTS} >= {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::KMS::Key"}


def test_no_action_is_a_wildcard() -> None:
    assert [each.place for each in STATEMENTS if each.allows and any("*" in action for action in each.actions)] == []
    assert [each.place for each in STATEMENTS if {"NotAction", "NotResource", "NotPrincipal"} & each.body.keys()] == []


def test_every_action_exists() -> None:
    actions = {action for each in STATEMENTS if each.allows for action in each.actions if action != "sts:AssumeRole"}
    unknown = {a for a in actions if a.split(":")[1].lower() not in CATALOGUE[a.split(":")[0]]["Actions"]}
    assert unknown == set()


def test_whatever_reaches_everything_is_documented_with_its_reason() -> None:
    unscoped = {action for each in STATEMENTS if each.allows and each.unscoped for action in each.actions}
    assert unscoped == policies.documented()


def test_nothing_reaches_everything_that_could_be_limited() -> None:
    assert {action: scopes(action) for action in sorted(policies.documented()) if scopes(action)} == {}


def test_nobody_else_is_let_in() -> None:
    principals = [each.body["Principal"] for each in STATEMENTS if each.allows and "Principal" in each.body]
    own = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    assert [each for each in principals if set(each) != {"Service"} and each != own] == []


def test_services_act_on_behalf_of_this_account_where_they_say_so() -> None:
    trusts = [each for each in STATEMENTS if each.actions == ["sts:AssumeRole"]]
    conditioned = {each.body["Principal"]["Service"] for each in trusts if "Condition" in each.body}
    bare = {each.body["Principal"]["Service"] for each in trusts if "Condition" not in each.body}
    assert conditioned == TELLING
    assert bare == {"cloudformation.amazonaws.com", "codepipeline.amazonaws.com", "lambda.amazonaws.com"}
    for each in trusts:
        if "Condition" in each.body:
            assert each.body["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


@pytest.mark.parametrize("title", ["CloudFormationRole", "Bounds"])
def test_deployment_moves_no_traffic(title: str) -> None:
    """Rules are made and deleted with their stacks. That none can be modified keeps every flip from being undone."""
    properties = role(title)
    documents = properties if "PolicyDocument" in properties else properties["Policies"][0]
    can = {action for each in documents["PolicyDocument"]["Statement"] for action in each["Action"]}
    assert "elasticloadbalancing:CreateRule" in can
    assert not can & {"elasticloadbalancing:ModifyRule", "elasticloadbalancing:SetRulePriorities"}


def test_deployment_makes_no_role_without_the_boundary_and_passes_only_those_of_tasks() -> None:
    own = [
        f"arn:aws-us-gov:iam::123456789012:role/greeter-{side}-{kind}-{AWS['AWS::Region']}"
        for side in ("code1", "code2")
        for kind in ("execution", "task")
    ]
    for each in grants(role("CloudFormationRole")):
        if not each["Action"][0].startswith("iam:") or each["Action"] == ["iam:CreateServiceLinkedRole"]:
            continue
        assert each["Resource"] == own
        if {"iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"} & set(each["Action"]):
            assert each["Condition"] == {"ArnEquals": {"iam:PermissionsBoundary": BOUNDARY}}
        if "iam:PassRole" in each["Action"]:
            assert each["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    can = allowed(role("CloudFormationRole"))
    assert not {
        action
        for action in can
        if re.search(r"Policy(Version)?$", action) and "Role" not in action and action.startswith("iam:")
    }
    assert not can & {"iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:DeletePolicyVersion"}


def test_deployments_bounds_hold_all_that_it_may_do_and_are_as_strict_about_roles() -> None:
    bounds = role("Bounds")["PolicyDocument"]["Statement"]
    granted = grants(role("CloudFormationRole"))
    assert {action for each in bounds for action in each["Action"]} == {a for each in granted for a in each["Action"]}

    def about_roles(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [each for each in statements if each["Action"][0].split(":")[0] in ("iam", "cloudformation", "s3")]

    assert about_roles(bounds) == about_roles(granted)
    assert role("CloudFormationRole")["PermissionsBoundary"] == "<Bounds>"


@pytest.mark.parametrize("name", samples.NAMES)
def test_roles_of_tasks_stay_within_the_boundary(name: str) -> None:
    boundary = role("Boundary", name=name)["PolicyDocument"]["Statement"]
    most = {action for each in boundary for action in each["Action"]}
    for title in ("ExecutionRole", "TaskRole"):
        assert role(title, "service", name)["PermissionsBoundary"].endswith(
            f":policy/{samples.settings(name).app}-boundary-{AWS['AWS::Region']}"
        )
    assert allowed(role("ExecutionRole", "service", name)) <= most
    assert "Policies" not in role("TaskRole", "service", name)


def test_image_build_pushes_to_one_repository_and_writes_one_artifact() -> None:
    build = grants(role("ImageRole"))
    [push] = [each for each in build if "ecr:PutImage" in each["Action"]]
    [put] = [each for each in build if "s3:PutObject" in each["Action"]]
    assert push["Resource"] == "<Repository.Arn>"
    assert put["Resource"] == "<ArtifactBucket.Arn>/*/Built/*"


def test_discovery_changes_nothing() -> None:
    reading = ("Describe", "Get", "List")
    verbs = {action.split(":")[1] for action in allowed(role("DiscoverRole"))}
    writes = {verb for verb in verbs if not verb.startswith(reading)}
    # Its own log and its own artifact, encrypted with the key.
    assert writes == {
        "CreateLogStream",
        "PutLogEvents",
        "PutObject",
        "Decrypt",
        "GenerateDataKey",
    }


def test_functions_move_this_load_balancers_rules_only() -> None:
    for title in ("FlipRole", "SettleRole"):
        [move] = [each for each in grants(role(title)) if "elasticloadbalancing:ModifyRule" in each["Action"]]
        assert move["Resource"].endswith(":listener-rule/app/greeter/*")
        assert "codepipeline:PutJobSuccessResult" in allowed(role(title)) or title == "SettleRole"


def test_execution_role_reads_the_secrets_of_the_settings_and_no_others() -> None:
    granted = grants(role("ExecutionRole", "service", "secure"))
    by_action = {action: each for each in granted for action in each["Action"]}
    assert by_action["ssm:GetParameters"]["Resource"] == [
        "arn:aws:ssm:eu-central-1:210987654321:parameter/checkout/payment-token"
    ]
    assert by_action["secretsmanager:GetSecretValue"]["Resource"] == [
        "arn:aws:secretsmanager:eu-central-1:210987654321:secret:checkout/database-a1B2c3"
    ]
    for each in granted:
        if each["Action"] == ["kms:Decrypt"]:
            [service] = each["Condition"]["StringEquals"]["kms:ViaService"]
            assert service in {"ssm.eu-central-1.amazonaws.com", "secretsmanager.eu-central-1.amazonaws.com"}
    assert not {"ssm:GetParameters", "kms:Decrypt"} & allowed(role("ExecutionRole", "service", "minimal"))


def test_no_secret_is_written_down() -> None:
    suspicious = re.compile(r"AKIA[0-9A-Z]{16}|ghp_|-----BEGIN|OAuthToken|(?i:password|api_?key)\"")
    for name, stack in samples.every_template():
        assert not suspicious.search(samples.synthesis(name).templates[stack].decode()), f"{name}/{stack}"
