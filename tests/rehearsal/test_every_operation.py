"""Every operation that a service's model has is answered, or refused with an error that names it; none breaks."""

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.local_aws import local_aws

SERVICES = (
    *("cloudformation", "cloudwatch", "codebuild", "codecommit", "codeconnections", "codepipeline"),
    *("ecs", "elbv2", "events"),
)


@pytest.fixture(scope="module")
def cloud():
    with local_aws() as running:
        yield running


def bare(cloud, service):
    """A client that sends what it is given, however little that is."""
    settings = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, cloud.facts["region"], endpoint_url=cloud.endpoint, config=settings, **keys)


@pytest.mark.parametrize("service", SERVICES)
def test_with_nothing_told(cloud, service):
    client = bare(cloud, service)
    broken, unnamed = {}, {}
    for operation in client.meta.service_model.operation_names:
        try:
            getattr(client, xform_name(operation))()
        except ClientError as error:
            status, message = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Message"]
            if status == 500:
                broken[operation] = message
            elif status == 501 and operation not in message:
                unnamed[operation] = message
    assert (broken, unnamed) == ({}, {})


@pytest.mark.parametrize(
    ("service", "operation", "code", "name"),
    [
        ("ecs", "delete_service", "ValidationException", "service"),
        ("elbv2", "create_rule", "ValidationError", "ListenerArn"),
        ("cloudformation", "create_stack", "ValidationError", "StackName"),
    ],
)
def test_what_is_required_is_named(cloud, service, operation, code, name):
    with pytest.raises(ClientError) as caught:
        getattr(bare(cloud, service), operation)()
    assert caught.value.response["Error"]["Code"] == code
    assert f"Value null at '{name}' failed to satisfy constraint" in caught.value.response["Error"]["Message"]
