import itertools
import json
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config

from rehearsal.server import Server, Settings

numbers = itertools.count()
REGION = "eu-west-1"


class Desk:
    """The control endpoint, and clients that ask once."""

    def __init__(self, server):
        self.server, self.cloud = server, server.cloud

    def ask(self, method, path="faults", told=None):
        """Return the status and what is said."""
        request = urllib.request.Request(
            f"{self.cloud.endpoint}/_rehearsal/{path}",
            json.dumps(told).encode() if told is not None else None,
            {"Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)["error"]

    def order(self, kind, **fault):
        status, told = self.ask("POST", told={"kind": kind, **fault})
        assert status == 200, told
        return told

    def listed(self):
        return self.ask("GET")[1]

    def client(self, service, role=None, attempts=1):
        who = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        if role:
            issued = self.cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
            who = {
                "aws_access_key_id": issued["AccessKeyId"],
                "aws_secret_access_key": issued["SecretAccessKey"],
                "aws_session_token": issued["SessionToken"],
            }
        config = Config(retries={"total_max_attempts": attempts, "mode": "standard"})
        return boto3.client(service, REGION, endpoint_url=self.cloud.endpoint, config=config, **who)

    def role(self, *actions):
        iam, name = self.cloud.client("iam"), f"role-{next(numbers)}"
        trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=policy)
        return made


@pytest.fixture(scope="module")
def server():
    with Server(Settings(region=REGION, engine="embedded")) as server:
        yield server


@pytest.fixture
def desk(server):
    one = Desk(server)
    yield one
    one.ask("DELETE")
    assert one.listed() == []
