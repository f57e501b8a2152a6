"""Executions: start, stop, look back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline import records, recovery
from rehearsal.codepipeline.errors import RefusedError, invalid, no_execution, no_stage
from rehearsal.codepipeline.history_report import action_detail, execution_detail, execution_summary
from rehearsal.codepipeline.pages import page
from rehearsal.codepipeline.records import Trigger

if TYPE_CHECKING:
    from rehearsal.codepipeline.definition import Pipeline
    from rehearsal.codepipeline.machine import Machine
    from rehearsal.codepipeline.operations.call import Call

REVISIONS = {"CodeCommit": "COMMIT_ID", "CodeStarSourceConnection": "COMMIT_ID", "S3": "S3_OBJECT_VERSION_ID"}


def start(call: Call) -> dict[str, Any]:
    """Start an execution."""
    name, given = call.parameters["name"], call.parameters
    with call.backend.turn(name) as machine:
        variables = _variables(machine.pipeline, given.get("variables") or [])
        overrides = _overrides(machine.pipeline, given.get("sourceRevisions") or [])
        trigger = Trigger("StartPipelineExecution", call.caller)
        execution = machine.start(trigger, variables, overrides, given.get("clientRequestToken") or "")
    return {"pipelineExecutionId": execution.id}


def stop(call: Call) -> dict[str, Any]:
    """Stop an execution."""
    given = call.parameters
    execution = given["pipelineExecutionId"]
    with call.backend.turn(given["pipelineName"]) as machine:
        if execution not in machine.executions:
            # AWS has no error of its own for this one here.
            raise RefusedError("PipelineExecutionNotStoppableException", _absent(machine, execution))
        recovery.stop(machine, execution, given.get("reason"), abandon=bool(given.get("abandon")))
    return {"pipelineExecutionId": execution}


def get(call: Call) -> dict[str, Any]:
    """Return one execution."""
    name, execution = call.parameters["pipelineName"], call.parameters["pipelineExecutionId"]
    with call.backend.turn(name) as machine:
        if execution not in machine.executions:
            raise no_execution(name, execution)
        return {"pipelineExecution": execution_detail(machine.executions[execution])}


def list_all(call: Call) -> dict[str, Any]:
    """Return executions, the newest first."""
    wanted = (call.parameters.get("filter") or {}).get("succeededInStage", {}).get("stageName")
    name = call.parameters["pipelineName"]
    with call.backend.turn(name) as machine:
        if wanted and machine.pipeline.stage(wanted) is None:
            raise invalid(no_stage(name, wanted).message)
        found = [one for one in reversed(machine.executions.values()) if not wanted or _passed(machine, one.id, wanted)]
        return page("pipelineExecutionSummaries", found, lambda one: one.id, execution_summary, call.parameters)


def actions(call: Call) -> dict[str, Any]:
    """Return action executions, the newest first."""
    given = call.parameters.get("filter") or {}
    latest = given.get("latestInPipelineExecution") or {}
    execution: str | None = given.get("pipelineExecutionId") or latest.get("pipelineExecutionId")
    name, region = call.parameters["pipelineName"], call.backend.region_name
    with call.backend.turn(name) as machine:
        if execution and execution not in machine.executions:
            raise no_execution(name, execution)
        found = [run for run in reversed(machine.actions.values()) if execution in (None, run.execution)]
        if execution and latest.get("startTimeRange") == "Latest":
            last = {run.id for run in machine.latest_runs(execution).values()}
            found = [run for run in found if run.id in last]
        return page(
            "actionExecutionDetails", found, lambda run: run.id, lambda run: action_detail(run, region), call.parameters
        )


def _passed(machine: Machine, execution: str, stage: str) -> bool:
    visit = machine.visits.get((stage, execution))
    return visit is not None and visit.status == records.SUCCEEDED


def _variables(pipeline: Pipeline, given: list[dict[str, str]]) -> dict[str, str]:
    values = {one["name"]: one["value"] for one in given}
    for name in values:
        if name not in pipeline.variables:
            raise invalid(f"The pipeline '{pipeline.name}' does not declare a variable '{name}'.")
    for name, default in pipeline.variables.items():
        if default is None and name not in values:
            raise invalid(f"The variable '{name}' of the pipeline '{pipeline.name}' has no default and needs a value.")
    return values


def _overrides(pipeline: Pipeline, given: list[dict[str, str]]) -> dict[str, str]:
    overrides: dict[str, str] = {}
    for one in given:
        action = pipeline.stages[0].action(one["actionName"])
        if action is None:
            raise invalid(f"The pipeline '{pipeline.name}' has no source action '{one['actionName']}'.")
        if REVISIONS[action.provider] != one["revisionType"]:
            text = f"The source action '{action.name}' takes revisions of type {REVISIONS[action.provider]}"
            raise invalid(f"{text}, not {one['revisionType']}.")
        overrides[action.name] = one["revisionValue"]
    return overrides


def _absent(machine: Machine, execution: str) -> str:
    return no_execution(machine.pipeline.name, execution).message
