"""The state machine of one pipeline: calls and results in, effects out, no clock, no thread and no AWS of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rehearsal.codepipeline import records, steps
from rehearsal.codepipeline.effects import Announce, Effect, Perform, Release
from rehearsal.codepipeline.errors import RefusedError
from rehearsal.codepipeline.records import Execution, Gate, Outcome, Scope, StageRun, Trigger

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.codepipeline.definition import Pipeline, Stage
    from rehearsal.codepipeline.records import ActionRun
    from rehearsal.codepipeline.steps import World

# The most executions that may be under way in a pipeline whose executions queue.
QUEUE = 50
ENDED = {records.SUCCEEDED: "SUCCEEDED", records.FAILED: "FAILED", records.STOPPED: "STOPPED"}


class Machine:
    """One pipeline's executions, and which of them holds or awaits which stage."""

    def __init__(self, pipeline: Pipeline, world: World) -> None:
        """Start with no executions."""
        self.pipeline = pipeline
        self.world = world
        self.executions: dict[str, Execution] = {}
        self.actions: dict[str, ActionRun] = {}
        self.visits: dict[tuple[str, str], StageRun] = {}
        self.holders: dict[str, str] = {}
        self.waiting: dict[str, list[str]] = {}
        self.gates: dict[str, Gate] = {}
        self.latest: dict[str, str] = {}
        self.requests: dict[str, str] = {}
        self._effects: list[Effect] = []

    def effects(self) -> list[Effect]:
        """Return what is to be done since the last time."""
        effects, self._effects = self._effects, []
        return effects

    def start(
        self,
        trigger: Trigger,
        variables: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
        request: str = "",
    ) -> Execution:
        """Start an execution, once for each request token."""
        if request in self.requests:
            return self.executions[self.requests[request]]
        self._room()
        given = {name: value for name, value in self.pipeline.variables.items() if value is not None}
        execution = self.new_execution(trigger, {**given, **(variables or {})}, overrides or {})
        if request:
            self.requests[request] = execution.id
        self._await(execution, self.pipeline.stages[0].name)
        self.settle()
        return execution

    def new_execution(
        self,
        trigger: Trigger,
        variables: Mapping[str, str],
        overrides: Mapping[str, str],
        target: Execution | None = None,
        scope: Scope | None = None,
    ) -> Execution:
        """Remember a new execution, forward or back to another one."""
        now = self.world.now()
        execution = Execution(
            self.world.id(), self.pipeline, trigger, now, now, variables, overrides, scope=scope or Scope(),
            rollback_target=target.id if target else "",
        )  # fmt: skip
        self.executions[execution.id] = execution
        self.announce("STARTED", execution)
        return execution

    def finish(self, run_id: str, outcome: Outcome) -> bool:
        """Take an action's result, and go on with its stage; a result nobody waits for changes nothing."""
        run = self.actions[run_id]
        if run.status != records.IN_PROGRESS:
            return False
        self._end(run, outcome)
        self.proceed(self.visits[run.stage, run.execution])
        self.settle()
        return True

    def gate(self, stage: str, gate: Gate) -> None:
        """Open or close the way into a stage."""
        self.gates[stage] = gate
        self.settle()

    def update(self, pipeline: Pipeline) -> None:
        """Put a new version in force; those under way are cancelled where they no longer fit."""
        self.pipeline = pipeline
        for stage in list(self.waiting):
            for execution in list(self.waiting[stage]):
                if not self._fits(self.executions[execution]):
                    self._leave(execution, stage)
                    self.close(execution, records.CANCELLED, "The pipeline's definition was updated.", "CANCELED")
        self.settle()

    def end(self) -> None:
        """Let go of everything, because the pipeline is deleted."""
        waiting = [execution for queue in self.waiting.values() for execution in queue]
        self.waiting.clear()
        for execution in waiting:
            self.close(execution, records.STOPPED, "The pipeline was deleted.", "STOPPED")
        for stage, holder in list(self.holders.items()):
            self.close(holder, records.STOPPING, "The pipeline was deleted.", "STOPPING")
            visit = self.visits[stage, holder]
            self.abandon(visit)
            self.proceed(visit)

    def settle(self) -> None:
        """Let executions into the stages that are free, the furthest first."""
        moved = True
        while moved:
            moved = False
            for stage in reversed(list(self.waiting)):
                queue = self.waiting[stage]
                if queue and stage not in self.holders and self.gates.get(stage, Gate()).enabled:
                    self.enter(self.executions[queue.pop(0)], stage)
                    moved = True

    def enter(self, execution: Execution, stage_name: str) -> None:
        """Lock the stage for the execution and start its first actions."""
        stage = steps.stage_of(execution, stage_name)
        visit = StageRun(stage_name, execution.id, execution.scope, tuple(one.name for one in stage.actions))
        self.occupy(visit, "STARTED")
        self.proceed(visit)

    def occupy(self, visit: StageRun, state: str) -> None:
        """Lock the stage."""
        self.holders[visit.stage] = self.latest[visit.stage] = visit.execution
        self.visits[visit.stage, visit.execution] = visit
        self.announce(state, self.executions[visit.execution], visit.stage)

    def proceed(self, visit: StageRun) -> None:
        """Start what can be started in a stage, or leave it."""
        if self.running(visit):
            return
        execution = self.executions[visit.execution]
        if execution.status == records.STOPPING:
            self._depart(visit, records.STOPPED)
        elif visit.failed:
            self._depart(visit, records.FAILED)
        elif visit.todo:
            self._begin(visit, execution)
        else:
            self._depart(visit, records.SUCCEEDED)

    def running(self, visit: StageRun) -> list[ActionRun]:
        """Return the actions of an execution in a stage that have not ended."""
        return [
            run
            for run in self.actions.values()
            if (run.stage, run.execution) == (visit.stage, visit.execution) and run.status == records.IN_PROGRESS
        ]

    def abandon(self, visit: StageRun) -> None:
        """End the actions of a stage without waiting for them."""
        for run in self.running(visit):
            self._end(run, Outcome(records.ABANDONED))
            self._effects.append(Release(run))

    def close(self, execution_id: str, status: str, summary: str, state: str) -> None:
        """End an execution, or say that it is about to end."""
        now = self.world.now()
        execution = replace(self.executions[execution_id], status=status, summary=summary, updated=now)
        self.executions[execution_id] = execution
        self.announce(state, execution)

    def announce(self, state: str, execution: Execution, stage: str = "", run: ActionRun | None = None) -> None:
        """Tell of a change."""
        failures: tuple[ActionRun, ...] = ()
        if state == "FAILED" and run is None:
            failures = tuple(
                one
                for one in self.latest_runs(execution.id).values()
                if one.status == records.FAILED and stage in ("", one.stage)
            )
        self._effects.append(Announce(state, execution, stage, run, failures))

    def latest_runs(self, execution: str) -> dict[tuple[str, str], ActionRun]:
        """Return the last run of each action in an execution."""
        return {(run.stage, run.action.name): run for run in self.actions.values() if run.execution == execution}

    def _begin(self, visit: StageRun, execution: Execution) -> None:
        stage = steps.stage_of(execution, visit.stage)
        first = min(action.order for action in stage.actions if action.name in visit.todo)
        group = [one for one in stage.actions if one.name in visit.todo and one.order == first]
        names = {action.name for action in group}
        visit = replace(visit, todo=tuple(name for name in visit.todo if name not in names))
        self.visits[visit.stage, visit.execution] = visit
        prepared = [steps.prepare(self.world, execution, visit.stage, action) for action in group]
        self.actions.update({run.id: run for run, _ in prepared})
        for run, _ in prepared:
            self.announce("STARTED", execution, visit.stage, run)
        for run, failure in prepared:
            if failure:
                self._end(run, Outcome(records.FAILED, failure))
            else:
                self._effects.append(Perform(execution, run))
        if any(failure for _, failure in prepared):
            self.proceed(self.visits[visit.stage, visit.execution])

    def _end(self, run: ActionRun, outcome: Outcome) -> None:
        ended = steps.ended(run, outcome, self.world.now())
        self.actions[run.id] = ended
        execution = self.executions[run.execution]
        if ended.status == records.SUCCEEDED:
            scope = steps.widened(execution.scope, ended)
            execution = self.executions[execution.id] = replace(execution, scope=scope, updated=ended.updated)
        else:
            visit = self.visits[run.stage, run.execution]
            self.visits[run.stage, run.execution] = replace(visit, failed=True)
        self.announce(ended.status.upper(), execution, run.stage, ended)

    def _depart(self, visit: StageRun, status: str) -> None:
        visit = replace(visit, status=status)
        self.visits[visit.stage, visit.execution] = visit
        del self.holders[visit.stage]
        execution = self.executions[visit.execution]
        self.announce(ENDED[status], execution, visit.stage)
        following = steps.following(execution, visit.stage)
        if status != records.SUCCEEDED:
            summary = steps.why(self.latest_runs(execution.id), visit.stage) if status == records.FAILED else ""
            self.close(execution.id, status, summary or execution.summary, ENDED[status])
            self._after_failure(steps.stage_of(execution, visit.stage), visit)
        elif following is None:
            self.close(execution.id, status, "", "SUCCEEDED")
        elif not self._fits(execution):
            self.close(execution.id, records.CANCELLED, "The pipeline's definition was updated.", "CANCELED")
        else:
            self._await(execution, following)

    def _after_failure(self, stage: Stage, visit: StageRun) -> None:
        if visit.status == records.FAILED and stage.on_failure in steps.AFTER_FAILURE:
            steps.AFTER_FAILURE[stage.on_failure](self, stage, visit)

    def _await(self, execution: Execution, stage: str) -> None:
        """Wait for a stage; who waited there before has been overtaken, unless the pipeline queues."""
        queue = self.waiting.setdefault(stage, [])
        if self.pipeline.mode == "SUPERSEDED":
            for older in list(queue):
                self._leave(older, stage)
                self.close(older, records.SUPERSEDED, f"Superseded by execution {execution.id}.", "SUPERSEDED")
        queue.append(execution.id)

    def _leave(self, execution: str, stage: str) -> None:
        self.waiting[stage].remove(execution)

    def _fits(self, execution: Execution) -> bool:
        names = [stage.name for stage in execution.pipeline.stages]
        return names == [stage.name for stage in self.pipeline.stages]

    def _room(self) -> None:
        under_way = sum(one.status in records.OPEN for one in self.executions.values())
        if self.pipeline.mode == "QUEUED" and under_way >= QUEUE:
            message = f"The pipeline '{self.pipeline.name}' has {QUEUE} executions in progress, which is the limit."
            raise RefusedError("ConcurrentPipelineExecutionsLimitExceededException", message)
