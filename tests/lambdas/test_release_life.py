"""The life of an application: releases, failed deployments, approvals, deaths, retries, rollbacks, in any order.

Whatever happens, production serves a release that somebody approved, and whenever nothing is under way, rules and tags
agree. What is played here is the pipeline's stage, which holds one execution from its discovery to its flip.
"""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.aws import aws_in_memory
from tests.support.container import Container
from tests.support.pipeline_jobs import Jobs, pipeline_jobs
from tests.support.sides import OTHER, Sides, recorded
from tests.support.stack import Stack
from tests.support.wire import Call, Fault, Kill, Killed
from traffic.discovery import discover
from traffic.pins import pin
from traffic.sides import Release

A, B = "a" * 64, "b" * 64
OTHER_PACKAGE: dict[str | None, str] = {A: B, B: A}
# Most deployments succeed, or little would ever be approved.
FAILS = st.sampled_from([False, False, False, True])
# A flip makes eleven calls and a settler at most twelve; beyond that, nobody dies.
Death = tuple[str, int]
DEATHS = st.tuples(st.sampled_from(["before", "after"]), st.integers(1, 24))
# An approval, whose flip may die, or none for now.
DECISIONS = st.one_of(DEATHS, DEATHS, DEATHS, st.none())


class Life(RuleBasedStateMachine):
    """One application, and the stage of its pipeline."""

    sides: Sides
    jobs: Jobs
    flip: Container
    settler: Container

    @initialize()
    def first_release(self) -> None:
        """Deploy the first version to both sides."""
        self.sides.reset()
        first = Release("v1", A)
        self.approved, self.built = {first}, [first]
        self.stack = Stack(self.sides, pin(None, first).as_parameters())
        self.waiting: Release | None = None
        self.failed: Release | None = None
        self.delivered: dict[str, Any] | None = None
        self.at_rest = True

    @precondition(lambda self: self.waiting is None)
    @rule(settings_only=st.booleans(), fails=FAILS, dies=DEATHS, decision=DECISIONS)
    def release(self, settings_only: bool, fails: bool, dies: Death, decision: Death | None) -> None:
        """Let a commit of code, or of nothing but settings, come as far as its approval, and decide perhaps."""
        last = self.built[-1]
        new = (
            last._replace(package=OTHER_PACKAGE[last.package])
            if settings_only
            else Release(f"v{len(self.built) + 1}", A)
        )
        self.built.append(new)
        self.deploy(new, fails=fails, dies=dies)
        if decision and not fails:
            self.approve(decision)

    @precondition(lambda self: self.waiting is None)
    @rule(number=st.integers(0, 99), fails=FAILS, dies=DEATHS, decision=DECISIONS)
    def roll_back(self, number: int, fails: bool, dies: Death, decision: Death | None) -> None:
        """Run the stage again with an earlier execution's artifacts, the live one's perhaps, and decide perhaps."""
        self.deploy(self.built[number % len(self.built)], fails=fails, dies=dies)
        if decision and not fails:
            self.approve(decision)

    def deploy(self, release: Release, *, fails: bool, dies: Death) -> None:
        """Discover, then deploy; CloudFormation's word reaches the settler, which may die once."""
        self.failed = self.delivered = None
        found = discover(self.sides.elbv2, self.sides.balancer.name, 80, 8080)
        assert found is not None
        self.stack.update(pin(found, release).as_parameters(), fails=fails)
        self.waiting = None if fails else release
        # Either way it has waited until the tasks that it leaves were healthy.
        self.sides.health(found.idle.identifier, "healthy", "healthy")
        status = "stack_update_rollback_complete" if fails else "stack_update_complete"
        if not self.survives(self.settler, recorded(status), Kill(dies[0], nth(dies[1]))):
            self.survives(self.settler, recorded(status), Fault())
        self.at_rest = True

    @precondition(lambda self: self.waiting is not None)
    @rule()
    def reject(self) -> None:
        """Turn a release down."""
        self.waiting = None

    @precondition(lambda self: self.waiting is not None)
    @rule(dies=DEATHS)
    def approve_at_last(self, dies: Death) -> None:
        """Approve what has been waiting, while the sides' health may have changed."""
        self.approve(dies)

    def approve(self, dies: Death) -> None:
        """Approve what waits, and flip; the flip may die."""
        release, self.waiting = self.waiting, None
        assert release is not None
        self.approved.add(release)
        self.promote(release, Kill(dies[0], nth(dies[1])))

    @precondition(lambda self: self.failed is not None)
    @rule(dies=DEATHS)
    def retry(self, dies: Death) -> None:
        """Retry a flip that failed: with a new job, which may die as well."""
        assert self.failed is not None
        self.promote(self.failed, Kill(dies[0], nth(dies[1])))

    @precondition(lambda self: self.delivered is not None)
    @rule()
    def deliver_again(self) -> None:
        """Deliver the last job a second time, before anybody else enters the stage."""
        before, done = self.production(), self.failed is None
        self.survives(self.flip, self.delivered, Fault())
        assert not done or self.production() == before

    @rule(
        side=st.sampled_from(["Code1", "Code2"]), state=st.sampled_from(["healthy", "healthy", "unhealthy", "initial"])
    )
    def change_health(self, side: str, state: str) -> None:
        """Let a side fall ill or get well."""
        self.sides.health(side, "healthy", state)

    def promote(self, release: Release, fault: Fault) -> None:
        """Run a flip job, and see that what it reports is so."""
        job = self.jobs.open()
        self.delivered = self.sides.job(job, release.image, package=release.package)
        # A flip that dies leaves things as they are; one that is refused changes nothing; one that succeeds mends all.
        if not self.survives(self.flip, self.delivered, fault):
            self.at_rest = False
        self.failed = None if self.jobs.succeeded(job) else release
        if self.jobs.succeeded(job):
            assert self.production() == release
            self.at_rest = True

    def survives(self, function: Container, event: Any, fault: Fault) -> bool:
        """Run a function, and say whether it came to its end."""
        function.wire.expect(fault)
        try:
            function.invoke(event)
        except Killed:
            return False
        return True

    def production(self) -> Release:
        """What production serves."""
        tags = self.sides.tags(self.sides.serving("production"))
        return Release(tags["Image"], tags["Package"])

    @invariant()
    def production_serves_what_was_approved(self) -> None:
        """Nothing reaches production before somebody said so."""
        assert self.production() in self.approved

    @invariant()
    def rules_and_tags_agree_at_rest(self) -> None:
        """The test rule goes to the side that is not live, and the tags say who is."""
        if self.at_rest:
            assert self.sides.disagreements() == []
            assert self.sides.serving("test") == OTHER[self.sides.serving("production")]


def nth(number: int) -> Any:
    """Say which call is the how-manieth that a function makes."""
    seen: list[Call] = []

    def is_it(call: Call) -> bool:
        if call not in seen:
            seen.append(call)
        return seen.index(call) + 1 == number

    return is_it


@pytest.fixture(scope="module", autouse=True)
def _world() -> Iterator[None]:
    with ExitStack() as stack, pytest.MonkeyPatch.context() as environment:
        stack.enter_context(aws_in_memory())
        Life.jobs = stack.enter_context(pipeline_jobs())
        Life.sides = Sides()
        for name, value in Life.sides.environment.items():
            environment.setenv(name, value)
        Life.flip = Container("lambdas.flip", Life.sides.names)
        ToggledLife.flip = Container("tests.support.naive_toggle", Life.sides.names)
        Life.settler = Container("lambdas.settle", Life.sides.names)
        yield


class ToggledLife(Life):
    """The same life with a naive toggle for a flip, which must come to grief."""

    def survives(self, function: Container, event: Any, fault: Fault) -> bool:
        """Let the toggle stumble over an answer that was given before; what it has done by then is what counts."""
        with suppress(ClientError):
            return super().survives(function, event, fault)
        return True


LIVES = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_production_serves_what_was_approved_and_all_agrees_at_rest() -> None:
    run_state_machine_as_test(Life, settings=LIVES)


def test_a_toggle_does_not_live_through_it() -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(ToggledLife, settings=settings(LIVES, derandomize=True, phases=[Phase.generate]))
