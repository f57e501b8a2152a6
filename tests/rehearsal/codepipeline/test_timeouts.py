"""How long an action may take, and with whose hands it is done when the pipeline's role no longer trusts anybody."""

import json

import pytest

from tests.rehearsal.codepipeline.conftest import action, approve, build, refused, stage

HOUR, DAY = 3600, 24 * 3600


class Silent:
    """Plays Lambda: takes every event, and remembers its job."""

    def __init__(self):
        self.jobs = []

    def invoke(self, **call):
        self.jobs.append(json.loads(call["Payload"])["CodePipeline.job"]["id"])


@pytest.fixture
def functions(stubs):
    stubs["lambda"] = Silent()
    return stubs["lambda"]


def flip(**settings):
    return action("Flip", "Lambda", {"FunctionName": "flip"}, **settings)


def test_a_build_has_eight_hours(line, cloud, fakes):
    first = line.make(stage("Build", build()))
    fakes.started(1)
    cloud.driver.clock.advance(8 * HOUR)
    line.ended(first, "Failed")
    found = line.action("Build", "Image")["errorDetails"]
    assert found == {"code": "TimeoutError", "message": "The action 'Image' did not end within 480 minutes."}


def test_a_build_that_took_less_is_left_alone(line, cloud, fakes):
    first = line.make(stage("Build", build()))
    fakes.started(1)
    cloud.driver.clock.advance(8 * HOUR - 1)
    assert line.action("Build", "Image")["status"] == "InProgress"
    fakes.end_with("Image")
    line.ended(first)


def test_an_approval_may_have_a_time_of_its_own(line, cloud):
    first = line.make(stage("Release", approve(timeoutInMinutes=10)))
    token = line.approval()
    cloud.driver.clock.advance(10 * 60)
    line.ended(first, "Failed")
    refused(lambda: line.approve(token), "ApprovalAlreadyCompletedException")
    assert "within 10 minutes" in line.action("Release", "Approve")["errorDetails"]["message"]


def test_nothing_else_may(line):
    for one in (build(timeoutInMinutes=10), flip(timeoutInMinutes=10)):
        declared = line.declared(stage("Release", one))
        said = refused(
            lambda wanted=declared: line.api.create_pipeline(pipeline=wanted), "InvalidActionDeclarationException"
        )
        assert f"timeoutInMinutes of action '{one['name']}'" in said


def test_a_function_that_always_wants_to_be_called_again_has_a_day(line, cloud, functions):
    first = line.make(stage("Release", flip()))
    job = line.until(lambda: functions.jobs, len)[0]
    line.api.put_job_success_result(jobId=job, continuationToken="more")
    cloud.driver.clock.advance(DAY)
    line.ended(first, "Failed")
    assert "within 1440 minutes" in line.action("Release", "Flip")["errorDetails"]["message"]
    refused(lambda: line.api.put_job_success_result(jobId=job), "InvalidJobStateException")


@pytest.fixture
def fickle(cloud):
    """A role that the pipeline may have until it trusts nobody any more."""
    statement = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    iam = cloud.client("iam")
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName="fickle", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    yield arn
    iam.delete_role(RoleName="fickle")


def test_a_job_has_no_credentials_of_a_role_that_trusts_the_pipeline_no_more(line, cloud, fickle, functions):
    line.role = fickle
    first = line.make(stage("Release", flip()))
    where = {"pipelineName": line.name, "stageName": "Release", "transitionType": "Inbound"}
    job = line.until(lambda: functions.jobs, len)[0]
    line.api.disable_stage_transition(**where, reason="first the role")
    line.api.put_job_success_result(jobId=job)
    line.ended(first)
    second = line.start()
    line.until(lambda: line.state("Release"), lambda one: one.get("inboundExecution"))
    statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    nobody = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("iam").update_assume_role_policy(RoleName="fickle", PolicyDocument=nobody)
    line.api.enable_stage_transition(**where)
    line.ended(second, "Failed")
    error = line.action("Release", "Flip")["errorDetails"]
    assert error["code"] == "PermissionError"
    assert f"not authorized to perform: sts:AssumeRole on resource: {fickle}" in error["message"]
    assert functions.jobs == [job]
