import pytest
from moto import mock_aws

from pipeline.aws import Account
from tests.support.clients import client


@pytest.fixture
def s3(faithful_s3):
    with mock_aws():
        yield client("s3")


@pytest.fixture
def account():
    caller = "arn:aws:iam::123456789012:user/ann"
    return Account("123456789012", "eu-west-1", "aws", caller, "amazonaws.com")
