"""Every job is answered, exactly once; where there is none, nobody is."""

import pytest
from botocore.exceptions import ClientError

from tests.support.container import Container, Context, Log
from tests.support.pipeline_jobs import Jobs
from tests.support.sides import Sides, recorded
from tests.support.wire import Fault, Refuse

pytestmark = pytest.mark.usefixtures("no_sleep", "log")

JOB_EVENTS = (
    "flip_job",
    "flip_job_continued",
    "flip_job_with_broken_parameters",
    "flip_job_without_configuration",
    "flip_job_without_parameters",
)


@pytest.mark.parametrize("event", [None, [], {}, "job", {"CodePipeline.job": {"id": 5}}, {"CodePipeline.job": []}])
def test_without_a_job_nobody_is_answered(flip: Container, event: object) -> None:
    with pytest.raises(Exception, match="carries no CodePipeline job id"):
        flip.invoke(event)


@pytest.mark.parametrize("name", ["job_without_id", "s3_put"])
def test_a_recorded_event_without_a_job_is_refused(flip: Container, name: str) -> None:
    with pytest.raises(Exception, match="carries no CodePipeline job id"):
        flip.invoke(recorded(name))


@pytest.mark.parametrize(("status", "code"), [(400, "ThrottlingException"), (500, "InternalFailure")])
@pytest.mark.parametrize("image", ["v2", "v3"])
def test_answering_is_tried_again(
    flip: Container, sides: Sides, jobs: Jobs, status: int, code: str, image: str
) -> None:
    flip.wire.expect(Refuse(status, code, lambda call: call.operation.startswith("PutJob"), times=5))
    job = jobs.open()
    flip.invoke(sides.job(job, image))
    assert jobs.succeeded(job) == (image == "v2")
    assert jobs.answer(job) is not None


@pytest.mark.parametrize(
    ("status", "code"), [(400, "ThrottlingException"), (400, "AccessDeniedException"), (400, "JobNotFoundException")]
)
@pytest.mark.parametrize("image", ["v2", "v3"])
def test_an_answer_that_cannot_be_given_is_raised(
    flip: Container, sides: Sides, jobs: Jobs, status: int, code: str, image: str
) -> None:
    flip.wire.expect(Refuse(status, code, lambda call: call.operation.startswith("PutJob"), times=99))
    with pytest.raises(ClientError, match=code):
        flip.invoke(sides.job(jobs.open(), image))


def test_a_job_that_was_answered_before_is_logged_and_not_raised(
    flip: Container, sides: Sides, jobs: Jobs, log: Log
) -> None:
    job = jobs.open()
    for image in ("v2", "v3"):
        flip.invoke(sides.job(job, image))
    assert jobs.succeeded(job)
    assert [line["message"] for line in log()][-2:] == ["job was answered before", "flip failed"]


def test_each_job_is_answered_once(flip: Container, sides: Sides, jobs: Jobs) -> None:
    for image in ("v2", "v2", "v1", "v3"):
        flip.wire.expect(Fault())
        flip.invoke(sides.job(jobs.open(), image))
        assert len([call for call in flip.wire.calls if call.operation.startswith("PutJob")]) == 1


@pytest.mark.parametrize("name", JOB_EVENTS)
def test_a_recorded_job_is_answered(flip: Container, sides: Sides, jobs: Jobs, name: str) -> None:
    """None of the recorded load balancers exists; the point is that CodePipeline always hears of it."""
    event = recorded(name)
    job = event["CodePipeline.job"]["id"] = jobs.open()
    flip.invoke(event)
    assert jobs.failure(job)["type"] == "ConfigurationError"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("flip_job", "named something that does not exist. AWS said "),
        ("flip_job_with_broken_parameters", "UserParameters is not JSON: Expecting property name"),
        ("flip_job_without_configuration", "The flip action has no UserParameters; it needs them as a JSON object."),
        ("flip_job_without_parameters", "The flip action has no UserParameters; it needs them as a JSON object."),
    ],
)
def test_a_recorded_job_is_told_what_is_wrong(
    flip: Container, sides: Sides, jobs: Jobs, name: str, sentence: str
) -> None:
    event, context = recorded(name), Context()
    job = event["CodePipeline.job"]["id"] = jobs.open()
    flip.invoke(event, context)
    assert sentence in jobs.failure(job)["message"]
    assert jobs.failure(job)["externalExecutionId"] == context.aws_request_id
