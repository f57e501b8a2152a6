"""Simulations of policies answer as the gate would decide."""

import json

import pytest
from botocore.exceptions import ClientError

from rehearsal.iam.scopes import resources

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:{}"


def statement(effect, action, resource="*", **more):
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def simulated(account):
    def simulated(source, *actions, **more):
        return account.iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=actions, **more)

    return simulated


def decisions(answer):
    return {
        (one["EvalActionName"], one["EvalResourceName"]): one["EvalDecision"] for one in answer["EvaluationResults"]
    }


def test_actions_and_resources_each_with_each(account, simulated):
    mine, other = QUEUE.format("mine"), QUEUE.format("other")
    role = account.role(statement("Allow", "sqs:*", mine), statement("Deny", "sqs:Purge*"))
    answer = simulated(role, "sqs:SendMessage", "sqs:PurgeQueue", ResourceArns=[mine, other])
    assert decisions(answer) == {
        ("sqs:SendMessage", mine): "allowed",
        ("sqs:SendMessage", other): "implicitDeny",
        ("sqs:PurgeQueue", mine): "explicitDeny",
        ("sqs:PurgeQueue", other): "explicitDeny",
    }
    assert answer["IsTruncated"] is False
    name = role.rsplit("/", 1)[-1]
    allowed, implicit, *_ = answer["EvaluationResults"]
    assert allowed["MatchedStatements"] == [{"SourcePolicyId": f"role_{name}_may", "SourcePolicyType": "role"}]
    assert implicit["MatchedStatements"] == []


def test_without_resources_it_is_about_all_of_them(account, simulated):
    role = account.role(statement("Allow", "sqs:ListQueues"), statement("Allow", "sqs:SendMessage", QUEUE.format("q")))
    assert decisions(simulated(role, "sqs:ListQueues", "sqs:SendMessage")) == {
        ("sqs:ListQueues", "*"): "allowed",
        ("sqs:SendMessage", "*"): "implicitDeny",
    }


@pytest.mark.parametrize(
    ("entries", "decision", "missing"),
    [
        ({}, "implicitDeny", ["iam:PassedToService"]),
        ({"iam:PassedToService": "ecs.amazonaws.com"}, "allowed", []),
        ({"IAM:passedtoservice": "lambda.amazonaws.com"}, "implicitDeny", []),
    ],
)
def test_conditions_are_held_against_the_entries(account, simulated, entries, decision, missing):
    only = {"StringEquals": {"iam:PassedToService": "ecs.amazonaws.com"}}
    unrelated = statement("Allow", "sqs:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    role = account.role(statement("Allow", "iam:PassRole", Condition=only), unrelated)
    given = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in entries.items()
    ]
    (found,) = simulated(role, "iam:PassRole", ContextEntries=given)["EvaluationResults"]
    assert (found["EvalDecision"], found["MissingContextValues"]) == (decision, missing)


def test_a_boundary_limits_and_one_that_is_given_takes_its_place(account, simulated):
    boundary = account.policy(statement("Allow", "sqs:*"))
    role = account.role(statement("Allow", "*"), PermissionsBoundary=boundary)
    within, beyond = simulated(role, "sqs:SendMessage", "sns:Publish")["EvaluationResults"]
    assert (within["EvalDecision"], beyond["EvalDecision"]) == ("allowed", "implicitDeny")
    assert within["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": True}
    assert beyond["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    other = document(statement("Allow", "sns:*"))
    (found,) = simulated(role, "sns:Publish", PermissionsBoundaryPolicyInputList=[other])["EvaluationResults"]
    assert found["EvalDecision"] == "allowed"


def test_managed_policies_and_those_that_are_given_count(account, simulated):
    role = account.role()
    managed = account.policy(statement("Allow", "sqs:SendMessage"))
    account.iam.attach_role_policy(RoleName=role.rsplit("/", 1)[-1], PolicyArn=managed)
    answer = simulated(
        role, "sqs:SendMessage", "sns:Publish", PolicyInputList=[document(statement("Allow", "sns:Publish"))]
    )
    told = [(one["EvalDecision"], one["MatchedStatements"]) for one in answer["EvaluationResults"]]
    assert told == [
        ("allowed", [{"SourcePolicyId": managed.rsplit("/", 1)[-1], "SourcePolicyType": "user-managed"}]),
        ("allowed", [{"SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "none"}]),
    ]


def test_users_have_what_their_groups_may(account, simulated):
    account.iam.create_group(GroupName="readers")
    may = document(statement("Allow", "sqs:ReceiveMessage"))
    account.iam.put_group_policy(GroupName="readers", PolicyName="may", PolicyDocument=may)
    user = account.iam.create_user(UserName="ann")["User"]["Arn"]
    account.iam.add_user_to_group(GroupName="readers", UserName="ann")
    group = account.iam.get_group(GroupName="readers")["Group"]["Arn"]
    for source in (user, group):
        assert decisions(simulated(source, "sqs:ReceiveMessage")) == {("sqs:ReceiveMessage", "*"): "allowed"}


def test_results_come_by_the_page(account, simulated):
    role = account.role(statement("Allow", "sqs:*"))
    actions = [f"sqs:Action{number}" for number in range(5)]
    found, more = [], {}
    while True:
        page = simulated(role, *actions, MaxItems=2, **more)
        found += [one["EvalActionName"] for one in page["EvaluationResults"]]
        if not page["IsTruncated"]:
            break
        more = {"Marker": page["Marker"]}
    assert found == actions


def test_policies_of_nobody(account):
    of_bucket = {**statement("Allow", "s3:GetObject", "arn:aws:s3:::b/*"), "Principal": "*"}
    answer = account.iam.simulate_custom_policy(
        PolicyInputList=[document(statement("Deny", "s3:GetObject", "arn:aws:s3:::b/secret"))],
        ActionNames=["s3:GetObject"],
        ResourceArns=["arn:aws:s3:::b/open", "arn:aws:s3:::b/secret"],
        ResourcePolicy=document(of_bucket),
        CallerArn="arn:aws:iam::123456789012:user/somebody",
    )
    assert list(decisions(answer).values()) == ["allowed", "explicitDeny"]


def test_what_is_decided_is_what_the_gate_decides(account, simulated):
    queue = account.cloud.client("sqs").create_queue(QueueName="agreed")["QueueUrl"]
    role = account.role(statement("Allow", "sqs:SendMessage", QUEUE.format("agreed")))
    (found, denied) = simulated(role, "sqs:SendMessage", "sqs:PurgeQueue", ResourceArns=[QUEUE.format("agreed")])[
        "EvaluationResults"
    ]
    assert (found["EvalDecision"], denied["EvalDecision"]) == ("allowed", "implicitDeny")
    sqs = account.as_(role, "sqs")
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    with pytest.raises(ClientError, match="not authorized"):
        sqs.purge_queue(QueueUrl=queue)


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        ({"PolicySourceArn": "arn:aws:iam::123456789012:role/nobody"}, "NoSuchEntity", "role with name nobody"),
        ({"ActionNames": ["SendMessage"]}, "InvalidInput", "Invalid Action name: SendMessage"),
        ({"PolicyInputList": ["{"]}, "InvalidInput", "no JSON"),
        ({"ResourcePolicy": "{}"}, "InvalidInput", "CallerArn is required"),
        ({"ResourceHandlingOption": "EC2-VPC-EBS"}, "InvalidInput", "does not support ResourceHandlingOption"),
        (
            {"PolicyInputList": [document(statement("Allow", "sqs:*", Condition={"Equals": {"a:b": "c"}}))]},
            "PolicyEvaluation",
            "no condition operator Equals",
        ),
    ],
)
def test_refused(account, more, code, sentence):
    asked = {"PolicySourceArn": account.role(), "ActionNames": ["sqs:SendMessage"], **more}
    with pytest.raises(ClientError, match=sentence) as caught:
        account.iam.simulate_principal_policy(**asked)
    assert caught.value.response["Error"]["Code"] == code


def test_who_may_simulate_whom(account):
    role = account.role()
    may = account.role(statement("Allow", "iam:SimulatePrincipalPolicy", role))
    iam = account.as_(may, "iam")
    assert iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=["sqs:SendMessage"])["EvaluationResults"]
    with pytest.raises(ClientError, match="not authorized"):
        iam.simulate_principal_policy(PolicySourceArn=may, ActionNames=["sqs:SendMessage"])
    assert resources("iam", "SimulatePrincipalPolicy", {"PolicySourceArn": role}, "eu-west-1", "123456789012") == [role]
