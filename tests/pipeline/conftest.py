import pytest
from moto import mock_aws

from tests.support.account import CREATION, URL, Cloud
from tests.support.aws_server import aws_server
from tests.support.moto_gaps import faithful_s3
from tests.support.program import program

__all__ = ["aws_server", "faithful_s3", "program"]


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch):
    """Keep this machine's AWS configuration out of the tests."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def cloud(faithful_s3):
    with mock_aws():
        yield Cloud()


@pytest.fixture
def launched(cloud):
    cloud.cloudformation.plans.append({"outputs": {"PipelineUrl": URL}})
    cloud.cloudformation.scripts.append(CREATION)
    cloud.deploy()
    cloud.cloudformation.calls.clear()
    return cloud
