import io
import itertools
import json
import textwrap
import time
import zipfile

import pytest

from rehearsal import codebuild, eventbus, sources
from tests.support import engines

numbers = itertools.count()
ENVIRONMENT = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/standard:7.0", "computeType": "BUILD_GENERAL1_SMALL"}


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    with engines.running(tmp_path_factory.mktemp("a state"), eventbus, codebuild, sources) as cloud:
        cloud.docker_host = "unix:///somewhere/docker.sock"
        yield cloud


@pytest.fixture(scope="module")
def role(cloud):
    trust = engines.trust("codebuild")
    return cloud.client("iam").create_role(RoleName="builder", AssumeRolePolicyDocument=trust)["Role"]["Arn"]


@pytest.fixture
def client(cloud):
    return cloud.client("codebuild")


@pytest.fixture(scope="module")
def bucket(cloud):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="papers", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return "papers"


class Builds:
    """Projects and builds in short words."""

    def __init__(self, client, cloud, role):
        self.client, self.cloud, self.role = client, cloud, role

    def project(self, spec="", **settings):
        name = settings.pop("name", "") or f"project-{next(numbers)}"
        source = {"type": "NO_SOURCE", "buildspec": textwrap.dedent(spec)}
        settings = {"source": source, "artifacts": {"type": "NO_ARTIFACTS"}, "environment": ENVIRONMENT, **settings}
        self.client.create_project(name=name, **{"serviceRole": self.role, **settings})
        return name

    def get(self, build):
        (found,) = self.client.batch_get_builds(ids=[build["id"]])["builds"]
        return found

    def wait(self, build, condition=lambda build: build["buildComplete"], seconds=60):
        deadline = time.monotonic() + seconds
        while not condition(found := self.get(build)):
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
        return found

    def start(self, spec="", overrides=None, **settings):
        return self.client.start_build(projectName=self.project(spec, **settings), **(overrides or {}))["build"]

    def run(self, spec="", overrides=None, **settings):
        return self.wait(self.start(spec, overrides, **settings))

    def commands(self, *commands, **settings):
        """Run these commands as the phase build."""
        return self.run(spec(*commands), **settings)

    def log(self, build):
        logs = build["logs"]
        found = self.cloud.client("logs").get_log_events(
            logGroupName=logs["groupName"], logStreamName=logs["streamName"], startFromHead=True
        )
        return [event["message"] for event in found["events"]]

    def said(self, build):
        return [line for line in self.log(build) if not line.startswith("[Container]")]


@pytest.fixture
def builds(client, cloud, role):
    return Builds(client, cloud, role)


def spec(*commands, **sections):
    return json.dumps({"version": 0.2, **sections, "phases": {"build": {"commands": list(commands)}}})


def zipped(**files):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return packed.getvalue()


def phases(build):
    return {phase["phaseType"]: phase.get("phaseStatus") for phase in build["phases"]}


def context(build, phase):
    (found,) = [each for each in build["phases"] if each["phaseType"] == phase]
    return found["contexts"][0]
