"""The job that CodePipeline hands to a Lambda function, and the one answer that it waits for."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from lambdas.log import say
from traffic.aws_errors import code_of
from traffic.errors import FlipsideError

if TYPE_CHECKING:
    from mypy_boto3_codepipeline import CodePipelineClient

    from lambdas.failure import Failure

# CodePipeline's own limits.
LONGEST_MESSAGE = 5000
LONGEST_SUMMARY = 2048


class NoJobError(FlipsideError):
    """The event is no CodePipeline job, so there is nobody to answer."""


class Job(NamedTuple):
    """What a function needs to know of its job; artifacts and their credentials stay in the event."""

    id: str
    user_parameters: str | None


def read(event: object) -> Job:
    """The job in an event, as long as it can be told which job it is."""
    job = _within(event, "CodePipeline.job")
    job_id = _within(job, "id")
    if not isinstance(job_id, str) or not job_id:
        raise NoJobError(
            "The event carries no CodePipeline job id at ['CodePipeline.job']['id'], so nobody is answered."
        )
    configuration = _within(_within(_within(job, "data"), "actionConfiguration"), "configuration")
    user_parameters = _within(configuration, "UserParameters")
    return Job(job_id, user_parameters if isinstance(user_parameters, str) else None)


def succeed(
    codepipeline: "CodePipelineClient", job: Job, request_id: str, summary: str, variables: Mapping[str, str]
) -> None:
    """Tells CodePipeline that the job is done."""
    details = {"summary": summary[:LONGEST_SUMMARY], "externalExecutionId": request_id, "percentComplete": 100}
    _answer(codepipeline.put_job_success_result, job, executionDetails=details, outputVariables=dict(variables))


def fail(codepipeline: "CodePipelineClient", job: Job, request_id: str, failure: "Failure") -> None:
    """Tells CodePipeline why the job failed."""
    message = (
        failure.message if len(failure.message) <= LONGEST_MESSAGE else failure.message[: LONGEST_MESSAGE - 4] + " ..."
    )
    details = {"type": failure.kind, "message": message, "externalExecutionId": request_id}
    _answer(codepipeline.put_job_failure_result, job, failureDetails=details)


def _answer(put: Any, job: Job, **answer: Any) -> None:
    try:
        put(jobId=job.id, **answer)
    except ClientError as error:
        # A second delivery of a job, or an answer that arrived although its receipt was lost.
        if code_of(error) != "InvalidJobStateException":
            raise
        say("job was answered before", job=job.id)


def _within(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None
