"""When its time runs out, the flip stops between two steps and still answers."""

import pytest

from tests.support.container import Container, Context
from tests.support.pipeline_jobs import Jobs
from tests.support.sides import Sides
from tests.support.wire import Call, Fault

pytestmark = pytest.mark.usefixtures("no_sleep", "log")


class Elapsing(Fault):
    """Time runs out once a certain call was answered."""

    def __init__(self, context: Context, operation: str) -> None:
        self.context, self.operation = context, operation

    def after(self, call: Call) -> None:
        """Let time run out."""
        if call.operation == self.operation:
            self.context.seconds_left = 5


@pytest.mark.parametrize(
    ("operation", "serving", "sentence"),
    [
        ("none", "Code1", "Only 5 s are left until the function's timeout"),
        ("DescribeTags", "Code1", "Only 5 s are left until the function's timeout"),
        ("ModifyRule", "Code2", "Production has moved to Code2, which runs v2 (package aaaaaaaaaaaa), but the rest is"),
        ("AddTags", "Code2", "Production has moved to Code2, which runs v2 (package aaaaaaaaaaaa), but the rest is"),
    ],
)
def test_with_its_time_running_out_it_stops_and_still_answers(
    flip: Container, sides: Sides, jobs: Jobs, operation: str, serving: str, sentence: str
) -> None:
    context, job = Context(5 if operation == "none" else 120), jobs.open()
    flip.wire.expect(Elapsing(context, operation))
    flip.invoke(sides.job(job, "v2"), context)
    assert sentence in jobs.failure(job)["message"]
    assert sides.serving("production") == serving
    flip.wire.expect(Fault())
    flip.invoke(sides.job(jobs.open(), "v2"))
    assert (sides.image("production"), sides.disagreements()) == ("v2", [])
