"""The flip dies, is throttled, denied, delivered twice or run twice at once: what was asked becomes true all the same.

What is tried here on the flip is tried on a naive toggle as well, to know that the trials bite.
"""

import contextlib

import pytest
from botocore.exceptions import ClientError

from tests.support.container import Container
from tests.support.pipeline_jobs import Jobs
from tests.support.sides import Sides
from tests.support.turnstile import InTurn, Turnstile
from tests.support.wire import Call, Fault, Kill, Killed, Refuse, exactly

MOMENTS = ("before", "after")


class Trial:
    """A flip implementation in two containers, and the world it works on."""

    def __init__(self, module: str, sides: Sides, jobs: Jobs) -> None:
        self.sides, self.jobs = sides, jobs
        self.one, self.two = Container(module, sides.names), Container(module, sides.names)

    def flip(self, container: Container, image: str, fault: Fault, job: str | None = None) -> str:
        """Deliver a job, and survive the function's death."""
        job = job or self.jobs.open()
        container.wire.expect(fault)
        with contextlib.suppress(Killed):
            container.invoke(self.sides.job(job, image))
        return job

    def calls(self) -> list[Call]:
        """The calls of a flip to which nothing happens."""
        self.sides.reset()
        self.flip(self.one, "v2", Fault())
        return list(self.one.wire.calls)

    def wrong(self, image: str) -> list[str]:
        """What is not as it should be once this image is asked for and everything is at rest."""
        live = self.sides.image("production")
        return [*self.sides.disagreements(), *([f"{live} is live and not {image}"] if live != image else [])]

    def together(self, schedule: list[str], images: tuple[str, str], then: Fault | None = None) -> tuple[str, str]:
        """Run two flips at once, call by call; the fault happens to the first."""
        self.sides.reset()
        turnstile, jobs = Turnstile(), (self.jobs.open(), self.jobs.open())
        first, second = InTurn(turnstile, "one", then), InTurn(turnstile, "two")
        functions = {
            "one": lambda: self.flip(self.one, images[0], first, jobs[0]),
            "two": lambda: self.flip(self.two, images[1], second, jobs[1]),
        }
        turnstile.run(functions, schedule)
        return jobs


@pytest.fixture(scope="module")
def ours(shared_sides: Sides, jobs: Jobs) -> Trial:
    """Try our flip."""
    return Trial("lambdas.flip", shared_sides, jobs)


@pytest.fixture(scope="module")
def naive(shared_sides: Sides, jobs: Jobs, account: None) -> Trial:
    """Try the naive toggle."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in shared_sides.environment.items():
            environment.setenv(name, value)
        return Trial("tests.support.naive_toggle", shared_sides, jobs)


@pytest.fixture(autouse=True)
def environment(shared_sides: Sides, no_sleep: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tell the toggle where to look."""
    for name, value in shared_sides.environment.items():
        monkeypatch.setenv(name, value)


def killed_then_retried(trial: Trial) -> list[str]:
    """Kill a flip before and after each of its calls, and retry it as CodePipeline does: with a new job."""
    found = []
    for call in trial.calls():
        for moment in MOMENTS:
            trial.sides.reset()
            trial.flip(trial.one, "v2", Kill(moment, exactly(call)))
            trial.flip(trial.one, "v2", Fault())
            found += [f"killed {moment} {call}: {wrong}" for wrong in trial.wrong("v2")[:1]]
    return found


def killed_beside_another(trial: Trial, other: str) -> list[str]:
    """Kill a flip before and after each of its calls while another one runs, and retry it."""
    found = []
    for call in trial.calls():
        for moment in MOMENTS:
            trial.together(["one", "two"] * 12, ("v2", other), Kill(moment, exactly(call)))
            trial.flip(trial.one, "v2", Fault())
            found += [f"killed {moment} {call}: {wrong}" for wrong in trial.wrong("v2")[:1]]
    return found


def deliver_twice(trial: Trial) -> None:
    """Deliver a job again after it was done."""
    trial.sides.reset()
    job = trial.flip(trial.one, "v2", Fault())
    trial.flip(trial.two, "v2", Fault(), job)


def test_a_flip_that_dies_and_is_retried_does_what_was_asked(ours: Trial) -> None:
    assert killed_then_retried(ours) == []


def test_a_toggle_that_dies_and_is_retried_is_found_out(naive: Trial) -> None:
    assert len(naive.calls()) == 9
    assert len(killed_then_retried(naive)) == 9


@pytest.mark.parametrize("other", ["v2", "v1"])
def test_a_flip_that_dies_beside_another_and_is_retried_does_what_was_asked(ours: Trial, other: str) -> None:
    assert killed_beside_another(ours, other) == []


def test_a_toggle_that_dies_beside_another_is_found_out(naive: Trial) -> None:
    assert len(killed_beside_another(naive, "v2")) == 18


def test_a_second_delivery_changes_nothing(ours: Trial) -> None:
    deliver_twice(ours)
    assert ours.wrong("v2") == []
    (late,) = ours.jobs.late_answers
    assert ours.jobs.succeeded(late)


def test_a_toggle_s_second_delivery_is_found_out(naive: Trial) -> None:
    with pytest.raises(ClientError, match="InvalidJobState"):
        deliver_twice(naive)
    assert naive.wrong("v2")


@pytest.mark.parametrize(("status", "code"), [(400, "Throttling"), (503, "ServiceUnavailable")])
def test_a_flip_that_is_throttled_once_does_what_was_asked(ours: Trial, status: int, code: str) -> None:
    for call in ours.calls():
        ours.sides.reset()
        name = "ThrottlingException" if code == "Throttling" and call.operation.startswith("PutJob") else code
        job = ours.flip(ours.one, "v2", Refuse(status, name, exactly(call)))
        assert ours.jobs.succeeded(job), call
        assert ours.wrong("v2") == [], call


def test_a_flip_that_is_denied_a_call_says_so_and_does_what_was_asked_once_it_may(ours: Trial) -> None:
    for call in ours.calls():
        if call.operation.startswith("PutJob"):
            continue
        ours.sides.reset()
        job = ours.flip(ours.one, "v2", Refuse(403, "AccessDenied", exactly(call)))
        if call.operation == "DescribeTargetHealth" and call.about == "Code1":
            # Nobody judges the side that production leaves.
            assert ours.jobs.succeeded(job), call
            continue
        details = (ours.jobs.answer(job) or {})["failureDetails"]
        assert details["type"] == "PermissionError", call
        assert f"AWS denied elasticloadbalancing:{call.operation}" in details["message"], call
        moved = ours.sides.image("production") == "v2"
        assert details["message"].startswith("Production has moved to Code2") == moved, call
        ours.flip(ours.one, "v2", Fault())
        assert ours.wrong("v2") == [], call


def two_preemptions(trial: Trial) -> list[list[str]]:
    """The first runs for some calls, then the second for some, then each of them to its end."""
    most = len(trial.calls())
    return [["one"] * first + ["two"] * second for first in range(most + 1) for second in range(1, most + 1)]


def test_two_flips_to_the_same_end_reach_it(ours: Trial) -> None:
    for schedule in two_preemptions(ours)[::3]:
        jobs = ours.together(schedule, ("v2", "v2"))
        assert ours.wrong("v2") == [], schedule
        assert all(ours.jobs.succeeded(job) for job in jobs), schedule


def test_two_opposing_flips_leave_what_agrees_and_say_who_won(ours: Trial) -> None:
    for schedule in two_preemptions(ours)[::2]:
        jobs = ours.together(schedule, ("v2", "v1"))
        assert ours.sides.disagreements() == [], schedule
        assert all(ours.jobs.answer(job) for job in jobs), schedule
        live = ours.sides.image("production")
        assert ours.jobs.succeeded(jobs[("v2", "v1").index(live)]), schedule


def test_two_opposing_toggles_are_found_out(naive: Trial) -> None:
    found = []
    for schedule in two_preemptions(naive)[::5]:
        naive.together(schedule, ("v2", "v1"))
        found += naive.sides.disagreements()[:1]
    assert len(found) >= 3
