import io
import itertools
import json
import threading
import zipfile
from datetime import UTC, datetime
from typing import ClassVar

import boto3
import pytest

from rehearsal import codepipeline
from rehearsal.cloud import Cloud
from rehearsal.codepipeline.clock import Clock
from rehearsal.codepipeline.records import Outcome, failed
from tests.support.engines import served

numbers = itertools.count()
BUCKET = "artifacts"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
KINDS = {
    "S3": "Source",
    "CodeCommit": "Source",
    "CodeStarSourceConnection": "Source",
    "CodeBuild": "Build",
    "CloudFormation": "Deploy",
    "Manual": "Approval",
    "Lambda": "Invoke",
}


class HandClock(Clock):
    """The real time, but what is to happen later happens when the test says so."""

    def __init__(self):
        super().__init__()
        self.later = []

    def run(self, workers):
        pass

    def after(self, seconds, work):
        self.later.append((seconds, work))

    def advance(self, seconds):
        due = [work for limit, work in self.later if limit <= seconds]
        self.later.clear()
        for work in due:
            work()


class StubbedCloud(Cloud):
    """A cloud some of whose services are played by the test."""

    stubs: ClassVar = {}

    def client(self, service, region=None, **identity):
        return self.stubs.get(service) or super().client(service, region, **identity)


class Bus:
    """Remembers what was emitted."""

    def __init__(self):
        self.events = []

    def emit(self, source, detail_type, detail, resources=(), region=None):
        self.events.append((source, detail_type, detail, list(resources), region))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    cloud = StubbedCloud("eu-west-1", tmp_path_factory.mktemp("state"))
    cloud.bus = Bus()
    driver = codepipeline.install(cloud, HandClock())
    cloud.driver = driver
    with served(cloud):
        codepipeline.start(cloud)
        furnish(cloud)
        yield cloud
        codepipeline.stop()


def furnish(cloud):
    """Make the buckets, and something in them that can be a source."""
    s3 = cloud.client("s3")
    where = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    for name in (BUCKET, "sources"):
        s3.create_bucket(Bucket=name, **where)
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="sources", Key="app.zip", Body=zipped({"hello.txt": "hello"}))


@pytest.fixture(scope="module")
def role(cloud):
    trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = cloud.client("iam")
    made = iam.create_role(RoleName="pipeline", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    return made["Role"]["Arn"]


@pytest.fixture
def fakes(cloud):
    """Providers of this test's own, for CodeBuild and Lambda actions: each waits until it is told how to end."""
    before = dict(cloud.driver.providers)
    fakes = Fakes()
    cloud.driver.providers["CodeBuild"] = fakes
    yield fakes
    clear(cloud)
    fakes.end()
    cloud.driver.providers.update(before)


@pytest.fixture
def stubs(cloud):
    """Services that this test plays itself."""
    yield cloud.stubs
    cloud.stubs.clear()


class Fakes:
    def __init__(self):
        self.tasks = []
        self._changed = threading.Condition()
        self._outcomes = {}
        self._ended = False

    def __call__(self, task):
        with self._changed:
            self.tasks.append(task)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ended or self._outcomes.get(task.run.action.name), 120)
            return self._outcomes[task.run.action.name].pop(0) if not self._ended else failed("Ended", "test over")

    def end_with(self, action, outcome=None):
        with self._changed:
            self._outcomes.setdefault(action, []).append(outcome or Outcome())
            self._changed.notify_all()

    def end(self):
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def started(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.tasks) >= count, 60), [t.run.action.name for t in self.tasks]
        return self.tasks[count - 1]


@pytest.fixture
def line(cloud, role):
    """A way to make pipelines and to wait for them."""
    yield Line(cloud, role)
    clear(cloud)


def clear(cloud):
    """Delete all pipelines: an execution that waits would otherwise go on in the next test."""
    api = cloud.client("codepipeline")
    for one in api.list_pipelines()["pipelines"]:
        api.delete_pipeline(name=one["name"])


class Line:
    def __init__(self, cloud, role):
        self.cloud, self.role = cloud, role
        self.api = cloud.client("codepipeline")
        self.name = ""

    def declared(self, *stages, name="", **settings):
        return {
            "name": name or f"line-{next(numbers)}",
            "roleArn": self.role,
            "artifactStore": {"type": "S3", "location": BUCKET, "encryptionKey": {"id": KEY, "type": "KMS"}},
            "pipelineType": "V2",
            "stages": [{"name": "Source", "actions": [source()]}, *stages],
            **settings,
        }

    def make(self, *stages, **settings):
        declared = self.declared(*stages, **settings)
        self.name = declared["name"]
        self.api.create_pipeline(pipeline=declared)
        return self.executions()[-1]["pipelineExecutionId"]

    def start(self, **settings):
        return self.api.start_pipeline_execution(name=self.name, **settings)["pipelineExecutionId"]

    def executions(self, **settings):
        found = self.api.list_pipeline_executions(pipelineName=self.name, **settings)
        return found["pipelineExecutionSummaries"]

    def execution(self, number):
        return self.api.get_pipeline_execution(pipelineName=self.name, pipelineExecutionId=number)["pipelineExecution"]

    def state(self, stage):
        states = self.api.get_pipeline_state(name=self.name)["stageStates"]
        return next(one for one in states if one["stageName"] == stage)

    def action(self, stage, action):
        found = next(one for one in self.state(stage)["actionStates"] if one["actionName"] == action)
        return found.get("latestExecution", {})

    def ended(self, number, status="Succeeded"):
        found = self.until(
            lambda: self.execution(number), lambda one: one["status"] not in ("InProgress", "Stopping"), 15
        )
        assert found["status"] == status, (found, self.runs()[:3])
        return found

    def approval(self, stage="Release", action="Approve"):
        return self.until(lambda: self.action(stage, action), lambda one: one.get("token"))["token"]

    def approve(self, token, status="Approved", stage="Release", action="Approve"):
        result = {"summary": "fine", "status": status}
        return self.api.put_approval_result(
            pipelineName=self.name, stageName=stage, actionName=action, result=result, token=token
        )

    def runs(self, **wanted):
        found = self.api.list_action_executions(pipelineName=self.name, **wanted)
        return found["actionExecutionDetails"]

    def run(self, action):
        return next(one for one in self.runs() if one["actionName"] == action)

    def until(self, look, good, seconds=60):
        """Look again and again; the server answers in a millisecond or two."""
        deadline = datetime.now(UTC).timestamp() + seconds
        while not good(found := look()):
            assert datetime.now(UTC).timestamp() < deadline, found
            threading.Event().wait(0.01)
        return found


def zipped(files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def action(name, provider, configuration=None, *, order=1, takes=(), leaves=(), **settings):
    return {
        "name": name,
        "actionTypeId": {"category": KINDS[provider], "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration or {},
        "runOrder": order,
        "inputArtifacts": [{"name": one} for one in takes],
        "outputArtifacts": [{"name": one} for one in leaves],
        **settings,
    }


def source(name="App", **settings):
    return action(
        name, "S3", {"S3Bucket": "sources", "S3ObjectKey": "app.zip"}, leaves=(name,), namespace=name, **settings
    )


def build(name="Image", **settings):
    return action(name, "CodeBuild", {"ProjectName": "project"}, takes=("App",), **settings)


def stage(name, *actions, **settings):
    return {"name": name, "actions": list(actions), **settings}


def approve(**settings):
    return action("Approve", "Manual", **settings)


def refused(call, code):
    with pytest.raises(boto3.client("s3", "eu-west-1").exceptions.ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response["Error"]["Message"]


def connected(branch="main"):
    settings = {
        "ConnectionArn": "arn:aws:codestar-connections:eu-west-1:123456789012:connection/1",
        "FullRepositoryId": "team/app",
        "BranchName": branch,
    }
    return action("App", "CodeStarSourceConnection", settings, leaves=("App",), namespace="App")
