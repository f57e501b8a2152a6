import json
import threading

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.codepipeline.conftest import BUCKET, KEY, action, approve, build, refused, source, stage


class Functions:
    """Plays Lambda: remembers what it was invoked with."""

    def __init__(self, denied=False):
        self.events, self.denied = [], denied

    def invoke(self, **call):
        if self.denied:
            told = {"Code": "AccessDeniedException", "Message": "User: me is not authorized to perform: lambda:Invoke"}
            raise ClientError({"Error": told, "ResponseMetadata": {"HTTPStatusCode": 403}}, "Invoke")
        assert call["InvocationType"] == "Event"
        self.events.append(json.loads(call["Payload"])["CodePipeline.job"])


class Builds:
    """Plays CodeBuild: a build that ends at the second look."""

    def __init__(self, **ended):
        self.ended, self.orders = ended, []

    def start_build(self, **order):
        self.orders.append(order)
        return {"build": {"id": "project:1", "buildStatus": "IN_PROGRESS", "buildComplete": False}}

    def batch_get_builds(self, ids):
        return {"builds": [{"id": ids[0], "buildStatus": "SUCCEEDED", "buildComplete": True, **self.ended}]}


@pytest.fixture
def functions(stubs):
    stubs["lambda"] = Functions()
    return stubs["lambda"]


def flip(**settings):
    configuration = {"FunctionName": "flip", "UserParameters": '{"go":1}'}
    return action("Flip", "Lambda", configuration, takes=("App",), namespace="Flip", **settings)


def test_a_function_gets_a_job_and_its_answer_ends_the_action(line, cloud, functions):
    first = line.make(stage("Release", flip()))
    event = line.until(lambda: functions.events, len)[0]
    data = event["data"]
    assert event["accountId"] == "123456789012"
    assert data["actionConfiguration"]["configuration"] == {"FunctionName": "flip", "UserParameters": '{"go":1}'}
    assert data["encryptionKey"] == {"id": KEY, "type": "KMS"}
    where = data["inputArtifacts"][0]["location"]["s3Location"]
    keys = data["artifactCredentials"]
    s3 = boto3.client(
        "s3",
        region_name="eu-west-1",
        endpoint_url=cloud.endpoint,
        aws_access_key_id=keys["accessKeyId"],
        aws_secret_access_key=keys["secretAccessKey"],
        aws_session_token=keys["sessionToken"],
    )
    found = s3.get_object(Bucket=where["bucketName"], Key=where["objectKey"])
    assert found["Body"].read().startswith(b"PK")
    assert (found["ServerSideEncryption"], found["SSEKMSKeyId"]) == ("aws:kms", KEY)
    details = line.api.get_job_details(jobId=event["id"])["jobDetails"]
    assert details["data"]["pipelineContext"]["pipelineExecutionId"] == first
    told = {"summary": "moved", "externalExecutionId": "request-1", "percentComplete": 100}
    line.api.put_job_success_result(jobId=event["id"], executionDetails=told, outputVariables={"Live": "Code1"})
    line.ended(first)
    output = line.run("Flip")["output"]
    assert output["outputVariables"] == {"Live": "Code1"}
    assert output["executionResult"]["externalExecutionSummary"] == "moved"
    refused(lambda: line.api.put_job_success_result(jobId=event["id"]), "InvalidJobStateException")
    unknown = "00000000-0000-0000-0000-000000000000"
    refused(lambda: line.api.put_job_success_result(jobId=unknown), "JobNotFoundException")
    refused(lambda: line.api.get_job_details(jobId=unknown), "JobNotFoundException")


def test_a_function_can_ask_to_be_called_again_and_is_by_a_new_job(line, cloud, functions):
    first = line.make(stage("Release", flip()))
    job = line.until(lambda: functions.events, len)[0]["id"]
    line.api.put_job_success_result(jobId=job, continuationToken="more", executionDetails={"percentComplete": 50})
    assert line.action("Release", "Flip")["percentComplete"] == 50
    cloud.driver.clock.advance(5)
    event = line.until(lambda: functions.events, lambda found: len(found) == 2)[1]
    assert event["id"] != job
    assert event["data"]["continuationToken"] == "more"
    details = {"type": "JobFailed", "message": "it got worse", "externalExecutionId": "request-2"}
    line.api.put_job_failure_result(jobId=event["id"], failureDetails=details)
    line.ended(first, "Failed")
    found = line.action("Release", "Flip")
    assert found["errorDetails"] == {"code": "JobFailed", "message": "it got worse"}
    assert found["externalExecutionId"] == "request-2"


def test_a_function_that_says_nothing_fails_its_action_after_twenty_minutes(line, cloud, functions):
    first = line.make(stage("Release", flip()))
    job = line.until(lambda: functions.events, len)[0]["id"]
    cloud.driver.clock.advance(19 * 60)
    assert line.action("Release", "Flip")["status"] == "InProgress"
    line.api.put_job_success_result(jobId=job)
    line.ended(first)
    second = line.start()
    job = line.until(lambda: functions.events, lambda found: len(found) == 2)[1]["id"]
    cloud.driver.clock.advance(20 * 60)
    line.ended(second, "Failed")
    assert "failed to return a result" in line.action("Release", "Flip")["errorDetails"]["message"]
    refused(lambda: line.api.put_job_success_result(jobId=job), "InvalidJobStateException")


def test_a_denial_fails_the_action_with_its_text(line, stubs):
    stubs["lambda"] = Functions(denied=True)
    line.ended(line.make(stage("Release", flip())), "Failed")
    error = line.action("Release", "Flip")["errorDetails"]
    assert error == {"code": "PermissionError", "message": "User: me is not authorized to perform: lambda:Invoke"}


def test_a_retry_after_a_failed_job_is_a_new_job(line, functions):
    first = line.make(stage("Release", flip()))
    job = line.until(lambda: functions.events, len)[0]["id"]
    line.api.put_job_failure_result(jobId=job, failureDetails={"type": "JobFailed", "message": "no"})
    line.ended(first, "Failed")
    line.api.retry_stage_execution(
        pipelineName=line.name, stageName="Release", pipelineExecutionId=first, retryMode="FAILED_ACTIONS"
    )
    again = line.until(lambda: functions.events, lambda found: len(found) == 2)[1]["id"]
    assert again != job
    line.api.put_job_success_result(jobId=again)
    line.ended(first)


def test_an_approval_tells_the_topic_and_takes_one_answer(line, cloud):
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = sns.create_topic(Name="approvals")["TopicArn"]
    queue = sqs.create_queue(QueueName="approvals")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    asked = approve()
    asked["configuration"] = {
        "NotificationArn": topic,
        "ExternalEntityLink": "http://test",
        "CustomData": "#{App.ETag}",
    }
    first = line.make(stage("Release", asked))
    token = line.approval()
    found = line.until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), bool)[0]
    told = json.loads(json.loads(found["Body"])["Message"])["approval"]
    assert (told["token"], told["externalEntityLink"]) == (token, "http://test")
    assert told["customData"] != "#{App.ETag}"
    wrong = "00000000-0000-0000-0000-000000000000"
    refused(lambda: line.approve(wrong), "InvalidApprovalTokenException")
    refused(lambda: line.approve(token, stage="Other"), "StageNotFoundException")
    refused(lambda: line.approve(token, action="Other"), "ActionNotFoundException")
    assert line.approve(token)["approvedAt"]
    line.ended(first)
    state = line.action("Release", "Approve")
    assert "token" not in state
    assert (state["summary"], state["status"]) == ("fine", "Succeeded")
    refused(lambda: line.approve(token), "ApprovalAlreadyCompletedException")
    second = line.start()
    assert line.approval() != token
    refused(lambda: line.approve(token), "ApprovalAlreadyCompletedException")
    line.approve(line.approval(), "Rejected")
    line.ended(second, "Failed")


def test_an_approval_nobody_gives_fails_after_seven_days(line, cloud):
    first = line.make(stage("Release", approve()))
    token = line.approval()
    cloud.driver.clock.advance(7 * 24 * 3600)
    line.ended(first, "Failed")
    refused(lambda: line.approve(token), "ApprovalAlreadyCompletedException")


def test_a_build_is_ordered_as_codebuild_wants_it(line, stubs):
    builds = stubs["codebuild"] = Builds(exportedEnvironmentVariables=[{"name": "TAG", "value": "abc"}])
    image = build(leaves=("Built",), namespace="Build")
    image["inputArtifacts"].append({"name": "Package"})
    variables = json.dumps([{"name": "COMMIT", "value": "#{App.VersionId}", "type": "PLAINTEXT"}])
    image["configuration"] |= {"PrimarySource": "Package", "EnvironmentVariables": variables}
    declared = line.declared(stage("Build", image))
    declared["stages"][0]["actions"].append(source("Package"))
    line.name = declared["name"]
    line.api.create_pipeline(pipeline=declared)
    first = line.executions()[0]["pipelineExecutionId"]
    line.ended(first, "Failed")
    assert "output artifact 'Built' is missing" in line.action("Build", "Image")["errorDetails"]["message"]
    order = builds.orders[0]
    assert order["sourceTypeOverride"] == "CODEPIPELINE"
    assert order["sourceLocationOverride"].startswith(f"arn:aws:s3:::{BUCKET}/{line.name}/Package/")
    assert order["secondarySourcesOverride"][0]["sourceIdentifier"] == "App"
    version = line.run("App")["output"]["outputVariables"]["VersionId"]
    assert order["environmentVariablesOverride"] == [{"name": "COMMIT", "value": version, "type": "PLAINTEXT"}]
    made = order["artifactsOverride"]
    assert (made["type"], made["location"], made["path"]) == ("CODEPIPELINE", BUCKET, f"{line.name}/Built")


def test_a_failed_build_says_where_and_why(line, stubs):
    context = {"statusCode": "COMMAND_EXECUTION_ERROR", "message": "exit status 1"}
    phases = [{"phaseType": "BUILD", "phaseStatus": "FAILED", "contexts": [context]}]
    stubs["codebuild"] = Builds(buildStatus="FAILED", phases=phases)
    line.ended(line.make(stage("Build", build())), "Failed")
    error = line.action("Build", "Image")["errorDetails"]
    assert error["message"] == (
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, Message: exit status 1"
    )


def test_a_build_that_nobody_waits_for_any_more_is_let_go(line, cloud, stubs):
    stubs["codebuild"] = Builds(buildStatus="IN_PROGRESS", buildComplete=False)
    first = line.make(stage("Build", build()))
    line.until(lambda: line.action("Build", "Image"), lambda found: found.get("externalExecutionId") == "project:1")
    workers = [thread for thread in threading.enumerate() if thread.name == "codepipeline-Build-Image"]
    line.api.stop_pipeline_execution(pipelineName=line.name, pipelineExecutionId=first, abandon=True)
    line.ended(first, "Stopped")
    for worker in workers:
        worker.join(60)
    assert not any(worker.is_alive() for worker in workers)
