"""What the flip makes live, what it refuses, and what an approver reads of it."""

import pytest

from tests.support.container import Container, Context
from tests.support.pipeline_jobs import Jobs
from tests.support.sides import Sides

pytestmark = pytest.mark.usefixtures("no_sleep", "log")


def test_the_approved_release_becomes_live(flip: Container, sides: Sides, jobs: Jobs) -> None:
    job, context = jobs.open(), Context()
    flip.invoke(sides.job(job, "v2"), context)
    assert (sides.serving("production"), sides.serving("test")) == ("Code2", "Code1")
    assert sides.disagreements() == []
    assert jobs.answer(job) == {
        "executionDetails": {
            "summary": (
                "Production has moved to Code2, which runs v2 (package aaaaaaaaaaaa); "
                "Code1, which runs v1 (package aaaaaaaaaaaa), is idle."
            ),
            "externalExecutionId": context.aws_request_id,
            "percentComplete": 100,
        },
        "outputVariables": {"LiveImage": "v2", "PreviousImage": "v1", "LiveIdentifier": "Code2", "Moved": "true"},
    }


def test_promoting_the_older_image_rolls_back(flip: Container, sides: Sides, jobs: Jobs) -> None:
    for image in ("v2", "v1"):
        job = jobs.open()
        flip.invoke(sides.job(job, image))
        assert sides.image("production") == image
        assert (jobs.answer(job) or {})["outputVariables"]["Moved"] == "true"
    assert sides.disagreements() == []


def test_what_is_live_already_stays_so_and_rule_and_tags_are_mended(flip: Container, sides: Sides, jobs: Jobs) -> None:
    sides.point("test", "Code1")
    sides.tag("Code1", IsProduction="no idea")
    sides.tag("Code2", IsProduction="true")
    job = jobs.open()
    flip.invoke(sides.job(job, "v1"))
    assert sides.serving("production") == "Code1"
    assert sides.disagreements() == []
    answer = jobs.answer(job) or {}
    assert answer["outputVariables"] == {
        "LiveImage": "v1",
        "PreviousImage": "v2",
        "LiveIdentifier": "Code1",
        "Moved": "false",
    }
    assert answer["executionDetails"]["summary"].startswith("Production was already on Code1")
    assert "production rule" not in [call.about for call in flip.wire.calls if call.operation == "ModifyRule"]


def test_on_the_first_run_both_sides_run_it_and_nothing_moves(flip: Container, sides: Sides, jobs: Jobs) -> None:
    sides.reset("v1", "v1")
    job = jobs.open()
    flip.invoke(sides.job(job, "v1", package="a" * 64))
    assert jobs.succeeded(job)
    assert not [call for call in flip.wire.calls if call.operation in ("ModifyRule", "AddTags")]


def test_the_package_counts_as_much_as_the_image(flip: Container, sides: Sides, jobs: Jobs) -> None:
    sides.runs("Code2", "v1", package="b" * 64)
    flip.invoke(sides.job(jobs.open(), "v1", package="b" * 64))
    assert sides.serving("production") == "Code2"
    assert sides.disagreements() == []


@pytest.mark.parametrize(
    ("image", "parameters"), [("v3", {}), ("v2", {"package": "b" * 64}), ("v1", {"package": "c" * 64})]
)
def test_a_stale_approval_is_refused(
    flip: Container, sides: Sides, jobs: Jobs, image: str, parameters: dict[str, str]
) -> None:
    job = jobs.open()
    flip.invoke(sides.job(job, image, **parameters))
    told = jobs.failure(job)
    assert told["type"] == "JobFailed"
    assert "runs on neither side, so this approval is stale: v1" in told["message"]
    assert "is live on Code1, and Code2, which runs v2 (package aaaaaaaaaaaa), is idle." in told["message"]
    assert sides.serving("production") == "Code1"


@pytest.mark.parametrize(
    ("states", "reason"),
    [
        ((), "healthy targets needed: 1, targets found: none is registered"),
        (("healthy", "initial"), "10.215.2.1:8000 is initial (Elb.InitialHealthChecking: Initial health checks in"),
        (("unhealthy",), "10.215.2.0:8000 is unhealthy (Target.ResponseCodeMismatch: Health checks failed with these"),
        (("unused", "healthy"), "10.215.2.0:8000 is unused (Target.NotInUse: "),
        (("draining",), "healthy targets needed: 1, targets found: 1 draining"),
        (("unavailable", "healthy"), "10.215.2.0:8000 is unavailable"),
    ],
)
def test_an_idle_side_that_is_not_fit_is_refused_with_its_reasons(
    flip: Container, sides: Sides, jobs: Jobs, states: tuple[str, ...], reason: str
) -> None:
    sides.health("Code2", *states)
    job = jobs.open()
    flip.invoke(sides.job(job, "v2"))
    told = jobs.failure(job)["message"]
    assert "Code2, which runs v2 (package aaaaaaaaaaaa), is not fit to serve: " in told
    assert reason in told
    assert (sides.serving("production"), sides.disagreements()) == ("Code1", [])


def test_targets_on_their_way_out_do_not_count(flip: Container, sides: Sides, jobs: Jobs) -> None:
    sides.health("Code2", "healthy", "draining", "unhealthy.draining")
    sides.health("Code1", "unhealthy")
    flip.invoke(sides.job(jobs.open(), "v2"))
    assert sides.serving("production") == "Code2"


def test_more_than_one_healthy_target_can_be_asked_for(flip: Container, sides: Sides, jobs: Jobs) -> None:
    job = jobs.open()
    flip.invoke(sides.job(job, "v2", healthy=3))
    assert "healthy targets needed: 3, targets found: 2 healthy" in jobs.failure(job)["message"]
    flip.invoke(sides.job(jobs.open(), "v2", healthy=2))
    assert sides.serving("production") == "Code2"


def test_a_long_list_of_reasons_is_cut_short(flip: Container, sides: Sides, jobs: Jobs) -> None:
    sides.health("Code2", *["unhealthy"] * 90)
    job = jobs.open()
    flip.invoke(sides.job(job, "v2"))
    assert "; and 81 more. Production stays on Code1" in jobs.failure(job)["message"]


@pytest.mark.parametrize("died_on", ["Code1", "Code2"])
@pytest.mark.parametrize("image", ["v1", "v2"])
def test_two_rules_on_one_side_are_taken_apart(
    flip: Container, sides: Sides, jobs: Jobs, died_on: str, image: str
) -> None:
    sides.point("production", died_on)
    sides.point("test", died_on)
    job = jobs.open()
    flip.invoke(sides.job(job, image))
    assert jobs.succeeded(job)
    assert (sides.image("production"), sides.disagreements()) == (image, [])
