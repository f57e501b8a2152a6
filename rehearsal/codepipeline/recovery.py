"""Ways out of the ordinary: stop, try again, go back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rehearsal.codepipeline import records
from rehearsal.codepipeline.errors import RefusedError, no_execution, no_stage
from rehearsal.codepipeline.records import Execution, Scope, Trigger

if TYPE_CHECKING:
    from rehearsal.codepipeline.definition import Stage
    from rehearsal.codepipeline.machine import Machine
    from rehearsal.codepipeline.records import StageRun


def stop(machine: Machine, execution_id: str, reason: str | None, *, abandon: bool) -> None:
    """Stop an execution, after the actions that are running or at once."""
    execution = _execution(machine, execution_id)
    if execution.status not in records.OPEN:
        message = f"The pipeline execution '{execution_id}' is {execution.status} and cannot be stopped."
        raise RefusedError("PipelineExecutionNotStoppableException", message)
    if execution.status == records.STOPPING and not abandon:
        message = f"The pipeline execution '{execution_id}' is already stopping."
        raise RefusedError("DuplicatedStopRequestException", message)
    machine.executions[execution_id] = replace(execution, stop_reason=reason or execution.stop_reason)
    held = [stage for stage, holder in machine.holders.items() if holder == execution_id]
    if not held:
        for queue in machine.waiting.values():
            if execution_id in queue:
                queue.remove(execution_id)
        machine.close(execution_id, records.STOPPED, reason or "", "STOPPED")
    for stage in held:
        machine.close(execution_id, records.STOPPING, reason or "", "STOPPING")
        if abandon:
            machine.abandon(machine.visits[stage, execution_id])
        machine.proceed(machine.visits[stage, execution_id])
    machine.settle()


def retry(machine: Machine, stage_name: str, execution_id: str, mode: str) -> None:
    """Run a stage that failed again, for the same execution."""
    stage = machine.pipeline.stage(stage_name)
    if stage is None:
        raise no_stage(machine.pipeline.name, stage_name)
    visit = machine.visits.get((stage_name, execution_id))
    if execution_id not in machine.executions or visit is None or machine.latest.get(stage_name) != execution_id:
        message = f"The execution '{execution_id}' is not the latest in stage '{stage_name}'."
        raise RefusedError("NotLatestPipelineExecutionException", message)
    execution = machine.executions[execution_id]
    if visit.status not in (records.FAILED, records.STOPPED):
        message = f"The stage '{stage_name}' has no failed actions: it is {visit.status}."
        raise RefusedError("StageNotRetryableException", message)
    if execution.pipeline.stage(stage_name) != stage:
        message = f"The stage '{stage_name}' cannot be retried: the pipeline's structure has changed since."
        raise RefusedError("StageNotRetryableException", message)
    if execution.status in records.OPEN:
        raise RefusedError("ConflictException", f"The execution '{execution_id}' is in progress.")
    again = replace(visit, manual_retries=visit.manual_retries + 1, retry_trigger="ManualStageRetry")
    _again(machine, stage, again, mode)
    machine.settle()


def roll_back(machine: Machine, stage_name: str, target_id: str, by: str) -> Execution:
    """Run a stage with what an earlier execution brought to it."""
    stage = machine.pipeline.stage(stage_name)
    if stage is None:
        raise no_stage(machine.pipeline.name, stage_name)
    target = _execution(machine, target_id)
    visit = _rollback_visit(machine, stage, target)
    execution = _back_to(machine, target, visit, Trigger("ManualRollback", by))
    machine.settle()
    return execution


def retry_by_itself(machine: Machine, stage: Stage, visit: StageRun) -> None:
    """Try a stage that failed once more, and not again."""
    if not visit.automatic_retries and not visit.manual_retries:
        again = replace(visit, automatic_retries=1, retry_trigger="AutomatedStageRetry")
        _again(machine, stage, again, stage.retry_mode)


def roll_back_by_itself(machine: Machine, stage: Stage, visit: StageRun) -> None:
    """Go back to the last execution that succeeded in this stage, if there is one."""
    failed = machine.executions[visit.execution]
    if failed.rollback_target or failed.pipeline.version != machine.pipeline.version:
        return
    for execution in reversed(machine.executions.values()):
        earlier = machine.visits.get((stage.name, execution.id))
        fits = execution.pipeline.version == machine.pipeline.version and not execution.rollback_target
        if fits and earlier and earlier.status == records.SUCCEEDED:
            _back_to(machine, execution, earlier, Trigger("AutomatedRollback", visit.execution))
            return


def _again(machine: Machine, stage: Stage, visit: StageRun, mode: str) -> None:
    execution = machine.executions[visit.execution]
    done = {
        name
        for (in_stage, name), run in machine.latest_runs(execution.id).items()
        if in_stage == stage.name and run.status == records.SUCCEEDED
    }
    scope = execution.scope
    if mode == "ALL_ACTIONS":
        done, scope = set(), visit.entry
    todo = tuple(action.name for action in stage.actions if action.name not in done)
    machine.executions[execution.id] = replace(execution, scope=scope, attempt=execution.attempt + 1, stop_reason=None)
    machine.close(execution.id, records.IN_PROGRESS, "", "RESUMED")
    visit = replace(visit, status=records.IN_PROGRESS, failed=False, todo=todo)
    machine.occupy(visit, "RESUMED")
    machine.proceed(visit)


def _back_to(machine: Machine, target: Execution, visit: StageRun, trigger: Trigger) -> Execution:
    scope = Scope(visit.entry.artifacts, visit.entry.namespaces, visit.entry.revisions)
    execution = machine.new_execution(trigger, target.variables, {}, target, scope)
    machine.enter(execution, visit.stage)
    return machine.executions[execution.id]


def _rollback_visit(machine: Machine, stage: Stage, target: Execution) -> StageRun:
    if target.pipeline.version != machine.pipeline.version:
        message = (
            f"The execution '{target.id}' ran version {target.pipeline.version} of the pipeline, which is now at "
            f"version {machine.pipeline.version}: it cannot be a target for rollback."
        )
        raise RefusedError("PipelineExecutionOutdatedException", message)
    visit = machine.visits.get((stage.name, target.id))
    if machine.pipeline.place(stage.name) == 0:
        raise _unable("Source stages cannot be rolled back.")
    if target.rollback_target:
        raise _unable(f"The execution '{target.id}' is itself a rollback.")
    if stage.name in machine.holders:
        raise _unable(f"The stage '{stage.name}' is currently running execution '{machine.holders[stage.name]}'.")
    if visit is None or visit.status != records.SUCCEEDED:
        raise _unable(f"The execution '{target.id}' did not succeed in stage '{stage.name}'.")
    return visit


def _unable(reason: str) -> RefusedError:
    return RefusedError("UnableToRollbackStageException", f"Unable to roll back the stage. {reason}")


def _execution(machine: Machine, execution_id: str) -> Execution:
    if execution_id not in machine.executions:
        raise no_execution(machine.pipeline.name, execution_id)
    return machine.executions[execution_id]
