"""The policies that AWS manages are there for whoever names one."""

import json

import boto3
import pytest

from tests.support.local_aws import local_aws

BASIC = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
TRUST = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}


@pytest.fixture(scope="module")
def aws():
    with local_aws() as running:
        yield running


def test_a_role_may_do_what_a_policy_of_aws_allows(aws):
    iam, sts = aws.client("iam"), aws.client("sts")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = iam.create_role(RoleName="writer", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.attach_role_policy(RoleName="writer", PolicyArn=BASIC)
    assert iam.get_policy(PolicyArn=BASIC)["Policy"]["AttachmentCount"] == 1
    issued = sts.assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    given = {
        "aws_access_key_id": issued["AccessKeyId"],
        "aws_secret_access_key": issued["SecretAccessKey"],
        "aws_session_token": issued["SessionToken"],
    }
    logs = boto3.client("logs", aws.facts["region"], endpoint_url=aws.endpoint, **given)
    logs.create_log_group(logGroupName="/a")
    with pytest.raises(logs.exceptions.ClientError, match="AccessDenied"):
        logs.delete_log_group(logGroupName="/a")


def test_they_are_listed_unless_only_ones_own_are_asked_for(aws):
    iam = aws.client("iam")
    pages = iam.get_paginator("list_policies").paginate(Scope="AWS")
    assert BASIC in {policy["Arn"] for page in pages for policy in page["Policies"]}
    assert iam.list_policies(Scope="Local")["Policies"] == []
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")
