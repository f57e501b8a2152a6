"""The machine alone: whatever is done to it, in whatever order."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rehearsal.codepipeline import recovery
from rehearsal.codepipeline.definition import Action, Pipeline, Stage
from rehearsal.codepipeline.effects import Announce, Perform
from rehearsal.codepipeline.errors import RefusedError
from rehearsal.codepipeline.machine import Machine
from rehearsal.codepipeline.records import Gate, Outcome, Trigger, failed
from rehearsal.codepipeline.steps import World

TERMINAL = {"Succeeded", "Failed", "Stopped", "Superseded", "Cancelled"}
STAGES = ("Source", "Build", "Release")


def world():
    numbers = itertools.count()
    start = datetime(2024, 1, 1, tzinfo=UTC)
    return World(
        lambda: start + timedelta(seconds=next(numbers)),
        lambda: f"id-{next(numbers):05}",
        lambda: f"{next(numbers):07}",
    )


def pipeline(mode="SUPERSEDED", version=1, on_failure="FAIL"):
    source = Action("App", "Source", "S3", outputs=("App",), namespace="App")
    build = Action("Image", "Build", "CodeBuild", inputs=("App",))
    side = Action("Lint", "Test", "CodeBuild", inputs=("App",))
    ask = Action("Approve", "Approval", "Manual", order=2)
    stages = (Stage("Source", (source,)), Stage("Build", (build, side), on_failure), Stage("Release", (build, ask)))
    return Pipeline("line", "role", version, stages, mode)


class History(RuleBasedStateMachine):
    """Random calls and results, in random order."""

    mode, on_failure = "SUPERSEDED", "FAIL"

    def __init__(self):
        super().__init__()
        self.machine = Machine(pipeline(self.mode, on_failure=self.on_failure), world())
        self.closed = {}
        self.inside = {}

    def running(self):
        return [run.id for run in self.machine.actions.values() if run.status == "InProgress"]

    def tried(self, call, *arguments, **named):
        try:
            call(self.machine, *arguments, **named)
        except RefusedError:
            return

    def known(self, number):
        executions = list(self.machine.executions)
        return executions[number % len(executions)] if executions else ""

    @rule()
    def start(self):
        if len(self.machine.executions) < 20:
            self.machine.start(Trigger("StartPipelineExecution"))

    @rule(number=st.integers(0, 9), well=st.booleans())
    def finish(self, number, well):
        running = self.running()
        if running:
            self.machine.finish(running[number % len(running)], Outcome() if well else failed("JobFailed", "no"))

    @rule(number=st.integers(0, 30), abandon=st.booleans())
    def stop(self, number, abandon):
        self.tried(recovery.stop, self.known(number), "because", abandon=abandon)

    @rule(number=st.integers(0, 30), stage=st.sampled_from(STAGES), mode=st.sampled_from(("FAILED", "ALL")))
    def retry(self, number, stage, mode):
        self.tried(recovery.retry, stage, self.known(number), f"{mode}_ACTIONS")

    @rule(number=st.integers(0, 30), stage=st.sampled_from(STAGES))
    def roll_back(self, number, stage):
        self.tried(recovery.roll_back, stage, self.known(number), "me")

    @rule(stage=st.sampled_from(STAGES), enabled=st.booleans())
    def gate(self, stage, enabled):
        self.machine.gate(stage, Gate(enabled=enabled))

    @rule()
    def update(self):
        if self.machine.pipeline.version < 3:
            self.machine.update(pipeline(self.mode, self.machine.pipeline.version + 1, self.on_failure))

    @invariant()
    def one_execution_is_in_a_stage(self):
        for stage in STAGES:
            inside = {
                run.execution
                for run in self.machine.actions.values()
                if run.stage == stage and run.status == "InProgress"
            }
            assert inside <= {self.machine.holders.get(stage)}

    @invariant()
    def only_who_waits_between_stages_is_superseded(self):
        for told in self.machine.effects():
            if isinstance(told, Announce) and told.state == "SUPERSEDED":
                assert told.execution.id not in self.inside
                assert self.mode == "SUPERSEDED"
            elif isinstance(told, Perform):
                assert self.machine.actions[told.run.id].started == told.run.started
        self.inside = set(self.machine.holders.values())

    @invariant()
    def history_is_never_rewritten(self):
        for run_id, run in self.closed.items():
            assert self.machine.actions[run_id] == run
        self.closed = {run.id: run for run in self.machine.actions.values() if run.status != "InProgress"}
        assert list(self.machine.actions) == sorted(self.machine.actions)

    @invariant()
    def everybody_is_somewhere(self):
        waiting = [execution for queue in self.machine.waiting.values() for execution in queue]
        places = [*waiting, *self.machine.holders.values()]
        assert len(places) == len(set(places))
        for execution in self.machine.executions.values():
            assert (execution.id in places) == (execution.status not in TERMINAL), execution

    def teardown(self):
        """Every execution comes to an end once nothing holds it back."""
        for stage in STAGES:
            self.machine.gate(stage, Gate())
        for _ in range(400):
            if not (running := self.running()):
                break
            self.machine.finish(running[0], Outcome())
        self.everybody_is_somewhere()
        assert {execution.status for execution in self.machine.executions.values()} <= TERMINAL


class QueuedHistory(History):
    """The same, with executions that queue and stages that mend themselves."""

    mode, on_failure = "QUEUED", "RETRY"


class MendingHistory(History):
    """The same, with a stage that goes back by itself."""

    on_failure = "ROLLBACK"


limited = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestSuperseded, TestQueued, TestMending = History.TestCase, QueuedHistory.TestCase, MendingHistory.TestCase
TestSuperseded.settings = TestQueued.settings = TestMending.settings = limited


def test_a_queue_has_an_end():
    machine = Machine(pipeline("QUEUED"), world())
    for _ in range(50):
        machine.start(Trigger("StartPipelineExecution"))
    with pytest.raises(RefusedError) as caught:
        machine.start(Trigger("StartPipelineExecution"))
    assert caught.value.code == "ConcurrentPipelineExecutionsLimitExceededException"


def test_the_same_calls_give_the_same_history():
    def played():
        machine = Machine(pipeline(), world())
        machine.start(Trigger("StartPipelineExecution"))
        for _ in range(9):
            for run in [run.id for run in machine.actions.values() if run.status == "InProgress"]:
                machine.finish(run, Outcome())
        return machine.actions, machine.executions, machine.effects()

    assert played() == played()
