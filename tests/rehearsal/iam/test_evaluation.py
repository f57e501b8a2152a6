import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.iam.access_control import IAMPolicy, PermissionResult

from rehearsal.iam.conditions import UnknownOperatorError, hold
from rehearsal.iam.evaluation import decide
from rehearsal.iam.principals import Principal
from rehearsal.iam.statements import Asked

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/app/one"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
OBJECT = "arn:aws:s3:::bucket/key"
KEY = f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1"


def policy(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(action="s3:GetObject", resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action="s3:GetObject", resource="*", **more):
    return {**allow(action, resource, **more), "Effect": "Deny"}


def who(*policies, **more):
    return Principal(ACCOUNT, SESSION, ROLE, tuple(policies), **more)


READ = Asked("s3:GetObject", OBJECT, {"aws:principalarn": [ROLE], "aws:username": ["ann"]})
ME = {"Principal": {"AWS": ROLE}}
ANYBODY = {"Principal": "*"}


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow(), True),
        (allow("s3:*"), True),
        (allow("S3:getobject"), True),
        (allow("s3:Get?bject"), True),
        (allow(["s3:PutObject", "s3:Get*"]), True),
        (allow("s3:GetObjectVersion"), False),
        (allow(resource="arn:aws:s3:::bucket/*"), True),
        (allow(resource="arn:aws:s3:::Bucket/*"), False),
        (allow(resource="arn:aws:s3:::*"), True),
        (allow(resource="arn:aws:s3:::bucket"), False),
        (allow(resource="arn:aws:s3:::bucket/${aws:username}"), False),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::bucket/*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other/*"}, True),
    ],
)
def test_a_statement_applies_or_not(statement, allowed):
    assert decide(who(policy(statement)), READ).allowed is allowed


@pytest.mark.parametrize(
    ("caller", "resource", "reason"),
    [
        (who(), None, "because no identity-based policy allows the s3:GetObject action"),
        (who(policy(allow(), deny())), None, "with an explicit deny in an identity-based policy"),
        (who(policy(allow()), boundary=policy()), None, "because no permissions boundary allows"),
        (who(policy(allow()), boundary={}), None, "because no permissions boundary allows"),
        (who(policy(allow()), boundary=policy(deny())), None, "with an explicit deny in a permissions boundary"),
        (who(policy(allow()), session_policy=policy()), None, "because no session policy allows"),
        (who(policy(allow())), policy({**deny(), **ANYBODY}), "with an explicit deny in a resource-based policy"),
        (who(boundary=policy(allow())), None, "because no identity-based policy"),
        (who(boundary=policy()), policy({**allow(), **ME}), "because no permissions boundary"),
        (who(policy(allow())), policy(allow("s3:PutObject", **ME)), ""),
        (who(), policy(allow(**ME)), ""),
        (who(), policy(allow(**ANYBODY)), ""),
        (who(), policy(allow(Principal={"AWS": ROOT})), "because no identity-based policy"),
        (who(), policy(allow(Principal={"Service": "events.amazonaws.com"})), "because no identity-based policy"),
        (who(boundary=policy()), policy(allow(Principal={"AWS": SESSION})), ""),
        (who(policy(allow()), boundary=policy(allow())), None, ""),
    ],
)
def test_everybody_concerned_is_asked(caller, resource, reason):
    decision = decide(caller, READ, resource)
    assert decision.allowed is (not reason)
    assert decision.reason.startswith(reason)


@pytest.mark.parametrize(
    ("mine", "of_key", "allowed"),
    [
        (policy(allow("kms:*")), policy(allow("kms:*", Principal={"AWS": ROOT})), True),
        (policy(allow("kms:*")), policy(allow("kms:*", Principal={"AWS": "arn:aws:iam::1:root"})), False),
        (policy(allow("kms:*")), policy(allow("kms:Encrypt", Principal={"AWS": ROOT})), False),
        (policy(), policy(allow("kms:*", Principal={"AWS": ROOT})), False),
        (policy(), policy(allow("kms:Decrypt", **ME)), True),
    ],
)
def test_a_key_has_to_agree(mine, of_key, allowed):
    assert decide(who(mine), Asked("kms:Decrypt", KEY), of_key).allowed is allowed


CONTEXT = {
    "s:text": ["Prod"],
    "s:many": ["a", "b"],
    "s:number": ["5"],
    "s:when": ["2026-01-02T00:00:00Z"],
    "s:flag": ["true"],
    "s:ip": ["127.0.0.1"],
    "s:arn": ["arn:aws:iam::1:role/x"],
}


@pytest.mark.parametrize(
    ("operator", "key", "wanted", "holds"),
    [
        ("StringEquals", "s:Text", "Prod", True),
        ("StringEquals", "s:text", ["a", "Prod"], True),
        ("StringEquals", "s:text", "prod", False),
        ("StringEquals", "s:missing", "x", False),
        ("StringEqualsIfExists", "s:missing", "x", True),
        ("StringEqualsIfExists", "s:text", "x", False),
        ("StringNotEquals", "s:text", "Prod", False),
        ("StringNotEquals", "s:missing", "x", True),
        ("StringEqualsIgnoreCase", "s:text", "prod", True),
        ("StringNotEqualsIgnoreCase", "s:text", "prod", False),
        ("StringLike", "s:text", "P*d", True),
        ("StringNotLike", "s:text", "P*d", False),
        ("ArnLike", "s:arn", "arn:aws:iam::*:role/*", True),
        ("ArnEquals", "s:arn", "arn:*:role/x", False),
        ("ArnNotLike", "s:arn", "arn:aws:iam::1:role/*", False),
        ("NumericLessThan", "s:number", 6, True),
        ("NumericLessThan", "s:number", "5", False),
        ("NumericGreaterThanEquals", "s:number", "5", True),
        ("NumericNotEquals", "s:number", "5.0", False),
        ("NumericEquals", "s:text", "5", False),
        ("DateGreaterThan", "s:when", "2026-01-01T00:00:00Z", True),
        ("DateLessThan", "s:when", "2026-01-01", False),
        ("Bool", "s:flag", True, True),
        ("Bool", "s:flag", "false", False),
        ("IpAddress", "s:ip", "127.0.0.0/8", True),
        ("NotIpAddress", "s:ip", ["10.0.0.0/8", "::1/128"], True),
        ("Null", "s:missing", "true", True),
        ("Null", "s:text", "true", False),
        ("Null", "s:text", False, True),
        ("ForAllValues:StringEquals", "s:many", ["a", "b", "c"], True),
        ("ForAllValues:StringEquals", "s:many", ["a"], False),
        ("ForAllValues:StringEquals", "s:missing", ["a"], True),
        ("ForAnyValue:StringEquals", "s:many", ["b"], True),
        ("ForAnyValue:StringEquals", "s:missing", ["b"], False),
        ("ForAnyValue:StringLike", "s:many", ["c*"], False),
    ],
)
def test_conditions(operator, key, wanted, holds):
    assert hold({operator: {key: wanted}}, CONTEXT) is holds


def test_an_operator_that_does_not_exist():
    with pytest.raises(UnknownOperatorError, match="StringAlmost"):
        hold({"StringAlmost": {"s:text": "x"}}, CONTEXT)


words = st.lists(st.sampled_from(["s3:GetObject", "s3:*", "*", "s3:Put*", "ecs:RunTask"]), min_size=1, max_size=3)
places = st.lists(st.sampled_from(["*", OBJECT, "arn:aws:s3:::bucket/*", "arn:aws:s3:::other"]), min_size=1, max_size=3)
statements = st.builds(
    lambda effect, kind, action, resource: {"Effect": effect, kind: action, "Resource": resource},
    st.sampled_from(["Allow", "Deny"]),
    st.sampled_from(["Action", "NotAction"]),
    words,
    places,
)


@given(st.lists(statements, min_size=1, max_size=4))
def test_without_conditions_moto_decides_alike(chosen):
    document = policy(*chosen)
    moto = IAMPolicy(json.dumps(document)).is_action_permitted(READ.action, READ.resource)
    assert decide(who(document), replace(READ, context={})).allowed is (moto == PermissionResult.PERMITTED)
