"""When its time runs out, the flip stops between two steps and still answers."""

import pytest

from tests.support.container import Container, Context
from tests.support.pipeline_jobs import Jobs
from tests.support.sides import Sides
from tests.support.wire import Call, Fault

pytestmark = pytest.mark.usefixtures("no_sleep", "log")


WRITES = ("ModifyRule", "AddTags")


class Elapsing(Fault):
    """Time runs out once a certain call was answered."""

    def __init__(self, context: Context, operation: str) -> None:
        self.context, self.operation = context, operation

    def after(self, call: Call) -> None:
        """Let time run out."""
        if call.operation == self.operation:
            self.context.seconds_left = 5


@pytest.mark.parametrize(
    ("operation", "written", "sentence"),
    [
        ("none", [], "Only 5 s are left until the function's timeout"),
        ("DescribeTags", [], "Only 5 s are left until the function's timeout"),
        ("ModifyRule", ["ModifyRule"], "Production has moved to Code2, which runs v2 (package aaaaaaaaaaaa), but the"),
        (
            "AddTags",
            ["ModifyRule", "ModifyRule", "AddTags", "AddTags"],
            "Production has moved to Code2, which runs v2 (package aaaaaaaaaaaa), but the",
        ),
    ],
)
def test_with_its_time_running_out_it_stops_and_still_answers(
    flip: Container, sides: Sides, jobs: Jobs, operation: str, written: list[str], sentence: str
) -> None:
    context, job = Context(5 if operation == "none" else 120), jobs.open()
    flip.wire.expect(Elapsing(context, operation))
    flip.invoke(sides.job(job, "v2"), context)
    assert sentence in jobs.failure(job)["message"]
    assert [call.operation for call in flip.wire.calls if call.operation in WRITES] == written
    assert sides.serving("production") == ("Code2" if written else "Code1")
    flip.wire.expect(Fault())
    flip.invoke(sides.job(jobs.open(), "v2"))
    assert (sides.image("production"), sides.disagreements()) == ("v2", [])
