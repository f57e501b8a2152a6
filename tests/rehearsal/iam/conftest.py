import itertools
import json
import urllib.request

import boto3
import pytest

from rehearsal.server import Server, Settings

numbers = itertools.count()


@pytest.fixture(scope="module")
def server():
    with Server(Settings(region="eu-west-1", engine="embedded")) as server:
        yield server


class Account:
    def __init__(self, server):
        self.cloud = server.cloud
        self.iam = self.cloud.client("iam")

    def role(self, *statements, trust=None, **settings):
        name = f"role-{next(numbers)}"
        trust = trust or {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, **settings)["Role"]["Arn"]
        if statements:
            policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            self.iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy)
        return arn

    def policy(self, *statements):
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        made = self.iam.create_policy(PolicyName=f"policy-{next(numbers)}", PolicyDocument=document)
        return made["Policy"]["Arn"]

    def as_(self, role, service, **session):
        """A client of a role that anybody may assume."""
        if not session:
            return self.cloud.client(service, role_arn=role, session="test")
        sts = self.cloud.client("sts")
        issued = sts.assume_role(RoleArn=role, RoleSessionName="test", **session)["Credentials"]
        return boto3.client(
            service,
            "eu-west-1",
            endpoint_url=self.cloud.endpoint,
            aws_access_key_id=issued["AccessKeyId"],
            aws_secret_access_key=issued["SecretAccessKey"],
            aws_session_token=issued["SessionToken"],
        )

    def audit(self, who):
        with urllib.request.urlopen(f"{self.cloud.endpoint}/_rehearsal/audit?who={who}") as answer:
            return json.load(answer)


@pytest.fixture
def account(server):
    return Account(server)
