"""Whatever goes wrong, CodePipeline is told what it was."""

import pytest
from botocore.exceptions import ConnectTimeoutError

from tests.support.container import Container, Log
from tests.support.pipeline_jobs import Jobs
from tests.support.sides import Sides
from tests.support.wire import Call, Fault, Refuse

pytestmark = pytest.mark.usefixtures("no_sleep", "log")


class Surprise(Fault):
    """One call ends in an exception that nobody foresaw."""

    def __init__(self, operation: str, error: Exception) -> None:
        self.operation, self.error = operation, error

    def reply(self, call: Call, attempt: int) -> None:
        """Be the surprise."""
        if call.operation == self.operation:
            raise self.error


def test_an_error_that_nobody_foresaw_is_answered_and_logged_with_its_traceback(
    flip: Container, sides: Sides, jobs: Jobs, log: Log
) -> None:
    flip.wire.expect(Surprise("DescribeTags", ZeroDivisionError("of all things")))
    job = jobs.open()
    flip.invoke(sides.job(job, "v2"))
    told = jobs.failure(job)
    assert told["type"] == "JobFailed"
    assert told["message"].startswith("The flip failed on an error that nobody foresaw (ZeroDivisionError)")
    lines = log()
    assert "ZeroDivisionError: of all things" in lines[-1]["traceback"]
    assert [line["message"] for line in lines] == ["flip asked", "flip failed"]


def test_an_aws_that_does_not_answer_is_told_apart_from_one_that_refuses(
    flip: Container, sides: Sides, jobs: Jobs
) -> None:
    flip.wire.expect(Surprise("DescribeRules", ConnectTimeoutError(endpoint_url="https://aws.invalid")))
    job = jobs.open()
    flip.invoke(sides.job(job, "v2"))
    told = jobs.failure(job)
    assert told["type"] == "SystemUnavailable"
    assert "AWS gave no answer" in told["message"]


def test_a_failure_after_production_has_moved_says_so_and_retrying_finishes_it(
    flip: Container, sides: Sides, jobs: Jobs
) -> None:
    flip.wire.expect(Refuse(503, "ServiceUnavailable", lambda call: call.about == "test rule", times=99))
    job = jobs.open()
    flip.invoke(sides.job(job, "v2"))
    told = jobs.failure(job)
    assert told["type"] == "SystemUnavailable"
    assert told["message"].startswith("Production has moved to Code2, which runs v2 (package aaaaaaaaaaaa), but")
    assert "AWS was too busy for elasticloadbalancing:ModifyRule" in told["message"]
    flip.wire.expect(Fault())
    flip.invoke(sides.job(jobs.open(), "v2"))
    assert (sides.image("production"), sides.disagreements()) == ("v2", [])
