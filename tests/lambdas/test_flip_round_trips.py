"""Production moves in the second round trip: one to look, one to act."""

import threading

import pytest

from tests.support.container import Container
from tests.support.pipeline_jobs import Jobs
from tests.support.sides import Sides
from tests.support.wire import Call, Fault

READS = {"DescribeRules", "DescribeTags", "DescribeTargetHealth"}


class Together(Fault):
    """The first calls are let through only once all of them are under way at the same time."""

    def __init__(self, count: int, patience: float = 20) -> None:
        self.barrier = threading.Barrier(count, timeout=patience)
        self.left = count

    def before(self, call: Call) -> None:
        """Wait for the others."""
        if call.operation in READS and not self.barrier.broken and self.left:
            self.barrier.wait()
            self.left = 0


def test_production_moves_in_the_second_round_trip(flip: Container, sides: Sides, jobs: Jobs) -> None:
    flip.wire.expect(Together(4))
    job = jobs.open()
    flip.invoke(sides.job(job, "v2"))
    assert jobs.succeeded(job), "all four reads must be under way at once, or the barrier breaks"
    first, then = flip.wire.calls[:4], flip.wire.calls[4]
    assert sorted(f"{call.operation} {call.about}" for call in first) == [
        "DescribeRules production rule",
        "DescribeTags Code1",
        "DescribeTargetHealth Code1",
        "DescribeTargetHealth Code2",
    ]
    assert (then.operation, then.about) == ("ModifyRule", "production rule")


def test_a_read_that_came_later_would_be_noticed(flip: Container, sides: Sides, jobs: Jobs) -> None:
    flip.wire.expect(Together(5, patience=0.2))
    job = jobs.open()
    flip.invoke(sides.job(job, "v2"))
    assert not jobs.succeeded(job)


@pytest.mark.parametrize(("image", "writes"), [("v2", ["production rule", "test rule", "Code2", "Code1"]), ("v1", [])])
def test_only_what_differs_is_written(flip: Container, sides: Sides, jobs: Jobs, image: str, writes: list[str]) -> None:
    flip.invoke(sides.job(jobs.open(), image))
    written = [call.about for call in flip.wire.calls if call.operation in ("ModifyRule", "AddTags")]
    assert written[:2] == writes[:2]
    assert sorted(written) == sorted(writes)


def test_every_page_of_rules_is_read(flip: Container, sides: Sides, jobs: Jobs) -> None:
    def one_a_page(params: dict[str, dict[str, int]], **_: object) -> None:
        params["body"]["PageSize"] = 1

    events = flip.module.ELBV2.meta.events
    events.register("before-call.elastic-load-balancing-v2.DescribeRules", one_a_page)
    try:
        job = jobs.open()
        flip.invoke(sides.job(job, "v2"))
    finally:
        events.unregister("before-call.elastic-load-balancing-v2.DescribeRules", one_a_page)
    assert jobs.succeeded(job)
    assert sides.image("production") == "v2"
