"""Deploying what is deployed already changes nothing, whatever AWS says of what it was told."""

import json

import pytest

from rehearsal.server import Server, Settings
from tests.support.program import program

__all__ = ["program"]

REGION = "eu-west-1"
BUCKET = f"greeter-templates-123456789012-{REGION}"
SETTINGS = """\
app = "greeter"
[source]
provider = "codecommit"
repository = "greeter"
branch = "main"
"""
TELLING = (
    "get_bucket_encryption",
    "get_bucket_lifecycle_configuration",
    "get_bucket_notification_configuration",
    "get_bucket_policy",
    "get_bucket_tagging",
    "get_bucket_versioning",
    "get_public_access_block",
    "list_object_versions",
)


@pytest.fixture(scope="module")
def cloud():
    with Server(Settings(region=REGION, engine="embedded")) as server:
        yield server.cloud


def told(s3):
    found = {name: getattr(s3, name)(Bucket=BUCKET) for name in TELLING}
    for answer in found.values():
        del answer["ResponseMetadata"]
    return found


def test_the_second_time_nothing_is_changed(cloud, program):
    cloud.client("codecommit").create_repository(repositoryName="greeter")
    program.release(SETTINGS)
    program.environment = {
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
    }
    s3, cloudformation = cloud.client("s3"), cloud.client("cloudformation")

    first = program.run("deploy", "--yes", "--json", "--create-bucket")
    assert first.returncode == 0, first.stderr
    before = told(s3)
    stack = cloudformation.describe_stacks(StackName="greeter")["Stacks"]
    assert "NewerNoncurrentVersions" in json.dumps(before["get_bucket_lifecycle_configuration"])
    second = program.run("deploy", "--yes", "--json")

    assert second.returncode == 0, second.stderr
    assert json.loads(first.stdout)["action"] == "created"
    assert json.loads(second.stdout)["action"] == "unchanged"
    assert "added" not in second.stderr
    assert told(s3) == before
    assert cloudformation.describe_stacks(StackName="greeter")["Stacks"] == stack
