"""Invoke action: a function is handed a job, and the job's answer ends the action."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline.records import failed

if TYPE_CHECKING:
    from rehearsal.codepipeline.jobs import Job
    from rehearsal.codepipeline.records import Artifact
    from rehearsal.codepipeline.task import Task

MINUTES = 20
# A function that asks to be called again is not called at once.
AGAIN_SECONDS = 1.0


def perform(task: Task) -> None:
    """Hand the function its first job."""
    hand(task, "")


def hand(task: Task, continuation: str) -> None:
    """Hand the function a job, by the invocation that waits for nothing."""
    function = task.configuration["FunctionName"]
    job = task.driver.jobs.open(task, data(task, continuation))
    event = {"CodePipeline.job": {"id": job.id, "accountId": task.cloud.account, "data": job.data}}
    task.driver.clock.after(MINUTES * 60, lambda: _expire(job, function))
    payload = json.dumps(event).encode()
    task.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=payload)
    task.progress(external_id=task.run.id)


def data(task: Task, continuation: str) -> dict[str, Any]:
    """Return what a job tells the function."""
    issued = task.cloud.credentials(task.execution.pipeline.role, "codepipeline-job", task.acting)
    told: dict[str, Any] = {
        "actionConfiguration": {"configuration": task.configuration},
        "inputArtifacts": [_artifact(one) for one in task.run.inputs],
        "outputArtifacts": [_artifact(one) for one in task.run.outputs],
        "artifactCredentials": {
            "accessKeyId": issued["aws_access_key_id"],
            "secretAccessKey": issued["aws_secret_access_key"],
            "sessionToken": issued["aws_session_token"],
        },
    }
    if continuation:
        told["continuationToken"] = continuation
    if task.execution.pipeline.key:
        told["encryptionKey"] = {"id": task.execution.pipeline.key, "type": "KMS"}
    return told


def _artifact(artifact: Artifact) -> dict[str, Any]:
    location = {"type": "S3", "s3Location": {"bucketName": artifact.bucket, "objectKey": artifact.key}}
    return {"name": artifact.name, "revision": artifact.revision or None, "location": location}


def _expire(job: Job, function: str) -> None:
    if not job.answered:
        text = (
            f"The AWS Lambda function {function} failed to return a result. Check the function to verify that it has "
            "permission to call the PutJobSuccessResult action and that it made a call to PutJobSuccessResult."
        )
        job.task.finish(failed("JobFailed", text))
