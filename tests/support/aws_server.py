"""An AWS on loopback for what runs as a program: moto's server, with the scripted CloudFormation behind its wire."""

import json
import time
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.backends import get_backend
from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult
from moto.server import ThreadedMotoServer

from tests.support.cloudformation import FakeCloudFormation

OPERATIONS = (
    "create_change_set",
    "delete_change_set",
    "delete_stack",
    "describe_change_set",
    "describe_stack_events",
    "describe_stacks",
    "execute_change_set",
)
ACCOUNT = "123456789012"
# How many of the script's seconds pass in one of ours.
HASTE = 20


@dataclass
class HastyClock:
    """Time, faster than it is, until a test holds it."""

    held: float | None = None

    def now(self):
        return time.monotonic() * HASTE if self.held is None else self.held

    def hold(self):
        self.held = self.now()

    def run(self):
        self.held = None


@dataclass
class AwsServer:
    """The server's address, and what stands behind it."""

    url: str
    cloudformation: FakeCloudFormation

    @property
    def environment(self):
        """What a program needs to take this for AWS."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "eu-west-1",
        }

    def bucket(self, name):
        """A bucket of that server, as moto keeps it."""
        return get_backend("s3")[ACCOUNT]["aws"].buckets.get(name)


@pytest.fixture
def aws_server(faithful_s3, monkeypatch):
    cloudformation = FakeCloudFormation(HastyClock())
    cloudformation.read = _published
    # They turn moto's own objects into answers; the script's answers are as AWS's already.
    monkeypatch.setattr(CloudFormationResponse, "RESPONSE_KEY_PATH_TO_TRANSFORMER", {})
    for operation in OPERATIONS:
        monkeypatch.setattr(CloudFormationResponse, operation, _on_the_wire(getattr(cloudformation, operation)))
    get_template = _on_the_wire(lambda **asked: {"TemplateBody": json.dumps(_template(cloudformation, asked))})
    monkeypatch.setattr(CloudFormationResponse, "get_template", get_template)
    with mock_aws():
        server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        yield AwsServer(f"http://{host}:{port}", cloudformation)
        server.stop()


def _template(cloudformation, asked):
    return cloudformation.get_template(**asked)["TemplateBody"]


def _published(url):
    host, _, key = url.removeprefix("https://").partition("/")
    backend = get_backend("s3")[ACCOUNT]["aws"]
    return json.loads(backend.get_object(host.split(".")[0], key).value)


def _on_the_wire(operation):
    def respond(self):
        try:
            return ActionResult(operation(**self.params))
        except ClientError as error:
            raise CloudFormationError(error.response["Error"]["Code"], error.response["Error"]["Message"]) from None

    return respond
