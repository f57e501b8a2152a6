"""Answers from outside: of the people who approve and the functions that were invoked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline import records
from rehearsal.codepipeline.errors import RefusedError, no_action, no_stage
from rehearsal.codepipeline.providers import invoke_lambda
from rehearsal.codepipeline.records import Outcome, failed

if TYPE_CHECKING:
    from rehearsal.codepipeline.machine import Machine
    from rehearsal.codepipeline.operations.call import Call
    from rehearsal.codepipeline.records import ActionRun
    from rehearsal.codepipeline.task import Task

# All variables of an action together, in bytes.
LARGEST_VARIABLES = 122_880


def approve(call: Call) -> dict[str, Any]:
    """Take somebody's yes or no, if it is meant for what is waiting."""
    given = call.parameters
    backend = call.backend
    with backend.turn(given["pipelineName"]) as machine:
        run = _awaiting(machine, given)
        approved = given["result"]["status"] == "Approved"
        status = records.SUCCEEDED if approved else records.FAILED
        outcome = Outcome(status, summary=given["result"]["summary"], by=call.caller)
        backend.driver.finish(machine, backend.region_name, run.id, outcome)
    return {"approvedAt": backend.driver.clock.now()}


def succeed(call: Call) -> dict[str, Any]:
    """Take a function's yes, or its wish to be called again."""
    given, jobs = call.parameters, call.backend.driver.jobs
    jobs.find(given["jobId"])
    variables = given.get("outputVariables") or {}
    if sum(len(key.encode()) + len(value.encode()) for key, value in variables.items()) > LARGEST_VARIABLES:
        text = f"The output variables exceed the limit of {LARGEST_VARIABLES} bytes."
        raise RefusedError("OutputVariablesSizeExceededException", text)
    task = jobs.answer(given["jobId"]).task
    details = given.get("executionDetails") or {}
    summary, external = details.get("summary"), details.get("externalExecutionId")
    if given.get("continuationToken"):
        told = {"summary": summary, "external_id": external, "percent": details.get("percentComplete")}
        task.progress(**{name: value for name, value in told.items() if value is not None})
        _again(task, given["continuationToken"])
        return {}
    if "percentComplete" in details:
        task.progress(percent=details["percentComplete"])
    driver, outcome = call.backend.driver, Outcome(variables=variables, summary=summary, external_id=external)
    driver.cloud.workers.spawn("codepipeline-answer", driver.work, task, lambda _: outcome)
    return {}


def fail(call: Call) -> dict[str, Any]:
    """Take a function's no."""
    given = call.parameters
    task = call.backend.driver.jobs.answer(given["jobId"]).task
    details = given["failureDetails"]
    task.finish(failed(details["type"], details["message"], external_id=details.get("externalExecutionId")))
    return {}


def details(call: Call) -> dict[str, Any]:
    """Return a job, with where it comes from."""
    job = call.backend.driver.jobs.find(call.parameters["jobId"])
    task = job.task
    data = {
        "actionTypeId": task.run.action.kind,
        **job.data,
        "pipelineContext": {
            "pipelineName": task.execution.pipeline.name,
            "pipelineArn": task.arn(),
            "pipelineExecutionId": task.execution.id,
            "stage": {"name": task.run.stage},
            "action": {"name": task.run.action.name, "actionExecutionId": task.run.id},
        },
    }
    return {"jobDetails": {"id": job.id, "accountId": task.cloud.account, "data": data}}


def _again(task: Task, continuation: str) -> None:
    driver = task.driver

    def hand(again: Task) -> None:
        invoke_lambda.hand(again, continuation)

    def later() -> None:
        if not task.released.is_set():
            driver.cloud.workers.spawn("codepipeline-continue", driver.work, task, hand)

    driver.clock.after(invoke_lambda.AGAIN_SECONDS, later)


def _awaiting(machine: Machine, given: dict[str, Any]) -> ActionRun:
    stage = machine.pipeline.stage(given["stageName"])
    if stage is None:
        raise no_stage(given["pipelineName"], given["stageName"])
    action = stage.action(given["actionName"])
    if action is None or action.category != "Approval":
        raise no_action(given["stageName"], given["actionName"])
    for run in reversed(machine.actions.values()):
        here = (run.stage, run.action.name) == (stage.name, action.name)
        if here and run.token == given["token"]:
            if run.status != records.IN_PROGRESS:
                text = f"The approval action '{action.name}' has already been completed."
                raise RefusedError("ApprovalAlreadyCompletedException", text)
            return run
    raise RefusedError("InvalidApprovalTokenException", "The approval token is invalid.")
