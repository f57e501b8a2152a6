from rehearsal.codepipeline.records import Outcome, failed
from tests.rehearsal.codepipeline.conftest import action, approve, build, refused, stage


def test_a_pipeline_starts_when_it_is_created_and_runs_to_its_end(line, fakes):
    first = line.make(stage("Build", build(namespace="Build")))
    fakes.end_with("Image", Outcome(variables={"TAG": "abc"}))
    found = line.ended(first)
    assert found["trigger"]["triggerType"] == "CreatePipeline"
    assert (found["executionMode"], found["executionType"]) == ("SUPERSEDED", "STANDARD")
    assert line.run("Image")["output"]["outputVariables"] == {"TAG": "abc"}
    assert line.run("App")["output"]["outputArtifacts"][0]["s3location"]["key"].startswith(f"{line.name}/App/")


def test_a_newer_execution_takes_the_place_of_one_that_waits_and_never_of_one_inside(line, fakes):
    first = line.make(stage("Build", build()))
    fakes.started(1)
    second, third = line.start(), line.start()
    line.until(lambda: line.execution(second), lambda one: one["status"] == "Superseded")
    assert line.execution(first)["status"] == "InProgress"
    waiting = line.until(lambda: line.state("Build"), lambda one: one.get("inboundExecution"))
    assert waiting["inboundExecution"]["pipelineExecutionId"] == third
    assert waiting["latestExecution"] == {"pipelineExecutionId": first, "status": "InProgress", "type": "STANDARD"}
    fakes.end_with("Image")
    line.ended(first)
    fakes.started(2)
    fakes.end_with("Image")
    line.ended(third)


def test_a_queue_supersedes_nobody(line, fakes):
    first = line.make(stage("Build", build()), executionMode="QUEUED")
    others = [line.start() for _ in range(3)]
    for number, execution in enumerate([first, *others], 1):
        fakes.started(number)
        fakes.end_with("Image")
        line.ended(execution)


def test_actions_of_one_order_run_together_and_the_next_order_waits_for_all(line, fakes):
    first = line.make(stage("Build", build("One"), build("Two"), build("Then", order=2)))
    fakes.started(2)
    fakes.end_with("One")
    line.until(lambda: line.action("Build", "One"), lambda one: one["status"] == "Succeeded")
    assert line.action("Build", "Then") == {}
    fakes.end_with("Two")
    assert fakes.started(3).run.action.name == "Then"
    fakes.end_with("Then")
    line.ended(first)


def test_a_closed_gate_holds_executions_back(line, fakes):
    first = line.make(stage("Build", build()), stage("Release", build("Flip")))
    where = {"pipelineName": line.name, "stageName": "Release", "transitionType": "Inbound"}
    line.api.disable_stage_transition(**where, reason="not today")
    fakes.end_with("Image")
    held = line.until(lambda: line.state("Release"), lambda one: one.get("inboundExecution"))
    assert held["inboundExecution"]["pipelineExecutionId"] == first
    assert held["inboundTransitionState"]["disabledReason"] == "not today"
    line.api.enable_stage_transition(**where)
    fakes.end_with("Flip")
    line.ended(first)


def test_a_stop_waits_for_what_runs_or_abandons_it(line, fakes):
    first = line.make(stage("Build", build(), build("Then", order=2)))
    fakes.started(1)
    named = {"pipelineName": line.name, "pipelineExecutionId": first}
    line.api.stop_pipeline_execution(**named, reason="a mistake")
    assert line.execution(first)["status"] == "Stopping"
    assert line.state("Build")["latestExecution"]["status"] == "Stopping"
    refused(lambda: line.api.stop_pipeline_execution(**named), "DuplicatedStopRequestException")
    fakes.end_with("Image")
    line.ended(first, "Stopped")
    assert line.executions()[0]["stopTrigger"] == {"reason": "a mistake"}
    refused(lambda: line.api.stop_pipeline_execution(**named), "PipelineExecutionNotStoppableException")
    second = line.start()
    fakes.started(2)
    line.api.stop_pipeline_execution(pipelineName=line.name, pipelineExecutionId=second, abandon=True)
    line.ended(second, "Stopped")
    assert line.action("Build", "Image")["status"] == "Abandoned"


def test_a_retry_of_what_failed_keeps_the_execution_and_what_succeeded(line, fakes):
    first = line.make(stage("Build", build("One"), build("Two"), build("Then", order=2)))
    fakes.started(2)
    fakes.end_with("One")
    fakes.end_with("Two", failed("JobFailed", "broken"))
    found = line.ended(first, "Failed")
    assert "broken" in found["statusSummary"]
    assert line.action("Build", "Two")["errorDetails"] == {"code": "JobFailed", "message": "broken"}
    wanted = {"pipelineName": line.name, "stageName": "Build", "pipelineExecutionId": first}
    before = line.run("Two")["actionExecutionId"]
    again = line.api.retry_stage_execution(**wanted, retryMode="FAILED_ACTIONS")
    assert again["pipelineExecutionId"] == first
    assert fakes.started(3).run.action.name == "Two"
    assert line.run("Two")["actionExecutionId"] != before
    assert line.state("Build")["retryStageMetadata"]["manualStageRetryAttempt"] == 1
    fakes.end_with("Two")
    fakes.end_with("Then")
    line.ended(first)
    message = refused(
        lambda: line.api.retry_stage_execution(**wanted, retryMode="ALL_ACTIONS"), "StageNotRetryableException"
    )
    assert "Succeeded" in message


def test_a_retry_of_all_runs_everything_again_and_only_for_the_latest(line, fakes):
    first = line.make(stage("Build", build("One"), build("Two")))
    fakes.started(2)
    fakes.end_with("One")
    fakes.end_with("Two", failed("JobFailed", "broken"))
    line.ended(first, "Failed")
    wanted = {"pipelineName": line.name, "stageName": "Build", "retryMode": "ALL_ACTIONS"}
    line.api.retry_stage_execution(**wanted, pipelineExecutionId=first)
    fakes.started(4)
    fakes.end_with("One")
    fakes.end_with("Two", failed("JobFailed", "broken"))
    line.ended(first, "Failed")
    second = line.start()
    fakes.started(6)
    call = lambda: line.api.retry_stage_execution(**wanted, pipelineExecutionId=first)  # noqa: E731 - said where it is used
    refused(call, "NotLatestPipelineExecutionException")
    fakes.end_with("One")
    fakes.end_with("Two")
    line.ended(second)


def test_a_stage_goes_back_to_an_earlier_execution_and_asks_again(line, fakes):
    release = stage("Release", build("Discover", namespace="Discover"), approve(order=2))
    first = line.make(release)
    fakes.end_with("Discover", Outcome(variables={"WHO": "one"}))
    line.approve(line.approval())
    line.ended(first)
    second = line.start()
    fakes.started(2)
    wanted = {"pipelineName": line.name, "stageName": "Release"}
    back = lambda target, stage="Release": line.api.rollback_stage(  # noqa: E731 - said where it is used
        pipelineName=line.name, stageName=stage, targetPipelineExecutionId=target
    )
    assert "running" in refused(lambda: back(first), "UnableToRollbackStageException")
    fakes.end_with("Discover")
    line.approve(line.approval(), "Rejected")
    line.ended(second, "Failed")
    assert "did not succeed" in refused(lambda: back(second), "UnableToRollbackStageException")
    refused(lambda: back(first, "Source"), "UnableToRollbackStageException")
    refused(lambda: back("00000000-0000-0000-0000-000000000000"), "PipelineExecutionNotFoundException")
    third = line.api.rollback_stage(**wanted, targetPipelineExecutionId=first)["pipelineExecutionId"]
    fakes.started(3)
    assert line.state("Release")["latestExecution"]["type"] == "ROLLBACK"
    fakes.end_with("Discover")
    line.approve(line.approval())
    found = line.ended(third)
    assert found["rollbackMetadata"] == {"rollbackTargetPipelineExecutionId": first}
    assert found["trigger"]["triggerType"] == "ManualRollback"
    assert [run["actionName"] for run in line.runs(filter={"pipelineExecutionId": third})] == ["Approve", "Discover"]
    assert "rollback" in refused(lambda: back(third), "UnableToRollbackStageException")
    line.api.update_pipeline(pipeline=line.api.get_pipeline(name=line.name)["pipeline"])
    refused(lambda: back(first), "PipelineExecutionOutdatedException")
    assert [one["pipelineExecutionId"] for one in line.executions(filter={"succeededInStage": {"stageName": "Release"}})] == [third, first]  # fmt: skip # noqa: E501 - reads best as one line


def test_a_stage_can_retry_or_go_back_by_itself(line, fakes):
    retried = stage("Build", build(), onFailure={"result": "RETRY"})
    first = line.make(retried)
    fakes.end_with("Image", failed("JobFailed", "once"))
    fakes.started(2)
    assert line.state("Build")["retryStageMetadata"]["latestRetryTrigger"] == "AutomatedStageRetry"
    fakes.end_with("Image")
    line.ended(first)
    first = line.make(stage("Build", build(), onFailure={"result": "ROLLBACK"}))
    fakes.end_with("Image")
    line.ended(first)
    second = line.start()
    fakes.end_with("Image", failed("JobFailed", "worse"))
    line.ended(second, "Failed")
    third = line.executions()[0]
    assert third["trigger"] == {"triggerType": "AutomatedRollback", "triggerDetail": second}
    fakes.end_with("Image")
    line.ended(third["pipelineExecutionId"])


def test_variables_reach_later_actions_and_unknown_ones_fail_them(line, fakes):
    flip = action(
        "Flip",
        "CodeBuild",
        {"ProjectName": "#{Build.TAG}-#{variables.Color}-#{codepipeline.PipelineExecutionId}"},
        takes=("App",),
    )
    variables = [{"name": "Color", "defaultValue": "blue"}]
    first = line.make(stage("Build", build(namespace="Build")), stage("Release", flip), variables=variables)
    fakes.end_with("Image", Outcome(variables={"TAG": "abc"}))
    fakes.end_with("Flip")
    line.ended(first)
    assert line.run("Flip")["input"]["resolvedConfiguration"]["ProjectName"] == f"abc-blue-{first}"
    second = line.start(variables=[{"name": "Color", "value": "green"}])
    fakes.end_with("Image")
    found = line.ended(second, "Failed")
    assert found["variables"] == [{"name": "Color", "resolvedValue": "green"}]
    assert "#{Build.TAG}" in line.action("Release", "Flip")["errorDetails"]["message"]
