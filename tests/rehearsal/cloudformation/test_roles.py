"""With whose rights a stack is run."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.cloudformation.samples import thing
from tests.support.engines import trust


@pytest.fixture
def acted(stage, monkeypatch):
    seen = []
    create = type(stage).create

    def watched(self, call, properties):
        seen.append(call.role_arn)
        return create(self, call, properties)

    monkeypatch.setattr(type(stage), "create", watched)
    return seen


ROLE = "arn:aws:iam::123456789012:role/service"
CALLER = "arn:aws:iam::123456789012:role/caller"


@pytest.fixture
def roles(cloud):
    iam = cloud.client("iam")
    for arn in (ROLE, CALLER):
        name = arn.split("/")[-1]
        if name not in {role["RoleName"] for role in iam.list_roles()["Roles"]}:
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("cloudformation"))


def test_the_service_role_is_kept_for_later(play, acted, roles):
    assert play.create({"A": thing()}, RoleARN=ROLE)["RoleARN"] == ROLE
    play.update({"A": thing(), "B": thing()})
    assert acted == [ROLE, ROLE]


def test_without_one_the_callers_rights_count(play, cloud, acted, roles, name):
    credentials = cloud.credentials(CALLER, "someone")
    client = boto3.client("cloudformation", region_name=cloud.region, endpoint_url=cloud.endpoint, **credentials)
    client.create_stack(StackName=name, TemplateBody=play.template({"A": thing()}))
    play.settled()
    assert acted == [CALLER]


def test_the_operator_needs_no_role(play, acted):
    play.create({"A": thing()})
    assert acted == [None]


def test_a_role_that_does_not_trust_cloudformation_is_refused(play, cloud, cfn, name):
    iam = cloud.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust("codebuild"))["Role"]["Arn"]
    told = f"Role {role} is invalid or cannot be assumed"
    with pytest.raises(ClientError, match=told):
        play.create({"A": thing()}, RoleARN=role)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust("cloudformation"))
    play.create({"A": thing()}, RoleARN=role)
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust("lambda"))
    with pytest.raises(ClientError, match=told):
        cfn.delete_stack(StackName=name)
    assert play.settled()["StackStatus"] == "CREATE_COMPLETE"
