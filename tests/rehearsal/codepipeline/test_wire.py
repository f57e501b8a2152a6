"""What callers see: shapes, errors, pages, the aws CLI, events."""

import json
import os
import shutil
import subprocess
import urllib.request

import pytest
from botocore.session import get_session

from rehearsal.codepipeline.backend import Backend
from rehearsal.codepipeline.operations import ALL
from rehearsal.codepipeline.operations.call import Call
from tests.rehearsal.codepipeline.conftest import approve, build, refused, stage

MODEL = get_session().get_service_model("codepipeline")


def unknown(shape, value, path=""):
    """The members of an answer that AWS's model does not have, or has with other types."""
    if shape.type_name == "structure":
        missing = [f"{path} lacks {name}" for name in shape.required_members if name not in value]
        extra = [f"{path}.{name}" for name in value if name not in shape.members]
        inner = [unknown(shape.members[name], one, f"{path}.{name}") for name, one in value.items() if not extra]
        return [*missing, *extra, *(fault for faults in inner for fault in faults)]
    if shape.type_name == "list":
        return [fault for one in value for fault in unknown(shape.member, one, f"{path}[]")]
    if shape.type_name == "map":
        return [fault for one in value.values() for fault in unknown(shape.value, one, f"{path}{{}}")]
    allowed = shape.metadata.get("enum")
    good = {"string": str, "boolean": bool, "integer": int}.get(shape.type_name, object)
    fits = isinstance(value, good) and (not allowed or value in allowed)
    return [] if fits else [f"{path} is {value!r}"]


def test_answers_have_the_shapes_that_aws_models(line, cloud, fakes):
    first = line.make(stage("Build", build()), stage("Release", approve()))
    fakes.end_with("Image")
    line.approve(line.approval())
    line.ended(first)
    second = line.api.rollback_stage(
        pipelineName=line.name, stageName="Release", targetPipelineExecutionId=first
    )["pipelineExecutionId"]  # fmt: skip
    line.approval()
    line.start()
    arn = f"arn:aws:codepipeline:eu-west-1:123456789012:{line.name}"
    backend = cloud.backend("codepipeline")
    assert isinstance(backend, Backend)
    for operation, parameters in {
        "GetPipelineState": {"name": line.name},
        "GetPipeline": {"name": line.name},
        "ListPipelines": {},
        "ListActionTypes": {},
        "GetPipelineExecution": {"pipelineName": line.name, "pipelineExecutionId": second},
        "ListPipelineExecutions": {"pipelineName": line.name},
        "ListActionExecutions": {"pipelineName": line.name},
        "ListTagsForResource": {"resourceArn": arn},
    }.items():
        answer = ALL[operation](Call(backend, parameters, "me"))
        assert unknown(MODEL.operation_model(operation).output_shape, answer) == [], operation


def test_what_is_not_there_is_refused_by_its_name(line, fakes):
    line.make(stage("Build", build()))
    assert "PollForJobs" in refused(lambda: line.api.poll_for_jobs(actionTypeId=build()["actionTypeId"]), "ValidationException")  # fmt: skip # noqa: E501 - reads best as one line
    call = lambda: line.api.list_deploy_action_execution_targets(actionExecutionId="0" * 8)  # noqa: E731 - said where it is used
    assert "ListDeployActionExecutionTargets" in refused(call, "ValidationException")
    refused(lambda: line.api.get_pipeline_state(name="none"), "PipelineNotFoundException")
    refused(lambda: line.api.get_pipeline(name=line.name, version=9), "PipelineVersionNotFoundException")
    message = refused(lambda: line.api.get_pipeline(name="no spaces"), "ValidationException")
    assert "regular expression pattern" in message
    where = {"pipelineName": line.name, "stageName": "None", "transitionType": "Inbound"}
    refused(lambda: line.api.enable_stage_transition(**where), "StageNotFoundException")


def test_a_parameter_that_nobody_knows_is_named(cloud):
    request = urllib.request.Request(
        cloud.endpoint,
        data=b'{"name":"line","color":"red"}',
        headers={
            "X-Amz-Target": "CodePipeline_20150709.GetPipelineState",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": "AWS4-HMAC-SHA256 Credential=test/20240101/eu-west-1/codepipeline/aws4_request, S=1",
        },
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    answer = json.loads(caught.value.read())
    assert caught.value.code == 400
    assert "'color'" in str(answer)


def test_a_request_token_starts_one_execution(line, fakes):
    line.make(stage("Build", build()))
    assert line.start(clientRequestToken="once") == line.start(clientRequestToken="once")
    assert len(line.executions()) == 2
    trigger = {"triggerType": "StartPipelineExecution", "triggerDetail": "arn:aws:iam::123456789012:user/operator"}
    assert line.executions()[0]["trigger"] == trigger


def test_history_comes_in_pages_newest_first(line, fakes):
    first = line.make(stage("Build", build()))
    fakes.end_with("Image")
    line.ended(first)
    others = []
    for _ in range(2):
        others.append(line.start())
        fakes.end_with("Image")
        line.ended(others[-1])
    pages = line.api.get_paginator("list_pipeline_executions").paginate(
        pipelineName=line.name, PaginationConfig={"PageSize": 2}
    )
    found = [[one["pipelineExecutionId"] for one in one["pipelineExecutionSummaries"]] for one in pages]
    assert found == [[others[1], others[0]], [first]]
    pages = line.api.get_paginator("list_action_executions").paginate(
        pipelineName=line.name, filter={"pipelineExecutionId": first}, PaginationConfig={"PageSize": 1}
    )
    assert [one["actionExecutionDetails"][0]["actionName"] for one in pages] == ["Image", "App"]
    refused(lambda: line.executions(nextToken="bm9uZQ=="), "InvalidNextTokenException")


def test_tags_come_and_go(line, fakes):
    line.make(stage("Build", build()))
    arn = line.api.get_pipeline(name=line.name)["metadata"]["pipelineArn"]
    line.api.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "blue"}, {"key": "x", "value": "y"}])
    line.api.untag_resource(resourceArn=arn, tagKeys=["x"])
    assert line.api.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "team", "value": "blue"}]
    refused(lambda: line.api.list_tags_for_resource(resourceArn="nothing:"), "ValidationException")
    refused(lambda: line.api.tag_resource(resourceArn=arn + "-2", tags=[]), "ResourceNotFoundException")
    refused(
        lambda: line.api.tag_resource(resourceArn=arn, tags=[{"key": "aws:x", "value": ""}]), "InvalidTagsException"
    )


def test_a_deleted_pipeline_is_gone_and_its_actions_are_let_go(line, fakes):
    line.make(stage("Build", build()))
    task = fakes.started(1)
    line.api.delete_pipeline(name=line.name)
    assert task.released.wait(60)
    refused(lambda: line.api.get_pipeline_state(name=line.name), "PipelineNotFoundException")
    line.api.delete_pipeline(name=line.name)


def test_changes_are_told_as_events(line, cloud, fakes):
    before = len(cloud.bus.events)
    first = line.make(stage("Build", build()), stage("Release", approve()))
    fakes.end_with("Image")
    line.approve(line.approval(), "Rejected")
    line.ended(first, "Failed")
    seen = lambda: [event for event in cloud.bus.events[before:] if event[2]["execution-id"] == first]  # noqa: E731 - said where it is used
    ended = lambda events: events and events[-1][2]["state"] == "FAILED" and "stage" not in events[-1][2]  # noqa: E731 - said where it is used
    events = line.until(seen, ended)
    assert {event[0] for event in events} == {"aws.codepipeline"}
    assert events[0][3] == [f"arn:aws:codepipeline:eu-west-1:123456789012:{line.name}"]
    told = [
        (event[1].split()[1], event[2].get("action", event[2].get("stage", "")), event[2]["state"]) for event in events
    ]
    assert told == [
        ("Pipeline", "", "STARTED"),
        ("Stage", "Source", "STARTED"),
        ("Action", "App", "STARTED"),
        ("Action", "App", "SUCCEEDED"),
        ("Stage", "Source", "SUCCEEDED"),
        ("Stage", "Build", "STARTED"),
        ("Action", "Image", "STARTED"),
        ("Action", "Image", "SUCCEEDED"),
        ("Stage", "Build", "SUCCEEDED"),
        ("Stage", "Release", "STARTED"),
        ("Action", "Approve", "STARTED"),
        ("Action", "Approve", "FAILED"),
        ("Stage", "Release", "FAILED"),
        ("Pipeline", "", "FAILED"),
    ]
    asked = events[10][2]
    assert asked["type"] == {"owner": "AWS", "provider": "Manual", "category": "Approval", "version": "1"}


@pytest.mark.skipif(not shutil.which("aws"), reason="needs the aws CLI")
def test_the_aws_cli_can_look_approve_and_go_back(line, cloud, fakes):
    first = line.make(stage("Release", approve()))
    token = line.approval()
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }

    def aws(*arguments):
        command = ["aws", "codepipeline", *arguments, "--output", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else {}

    state = aws("get-pipeline-state", "--name", line.name)
    asked = state["stageStates"][1]["actionStates"][0]["latestExecution"]
    assert asked["token"] == token
    stage_named = ("--pipeline-name", line.name, "--stage-name", "Release")
    result = "summary=fine,status=Approved"
    aws("put-approval-result", *stage_named, "--action-name", "Approve", "--result", result, "--token", token)
    line.ended(first)
    second = aws("rollback-stage", *stage_named, "--target-pipeline-execution-id", first)["pipelineExecutionId"]
    line.approve(line.approval())
    line.ended(second)
    third = aws("start-pipeline-execution", "--name", line.name)["pipelineExecutionId"]
    assert aws("list-pipeline-executions", "--pipeline-name", line.name)["pipelineExecutionSummaries"][0][
        "pipelineExecutionId"
    ] == third  # fmt: skip
