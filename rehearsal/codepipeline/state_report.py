"""GetPipelineState: where a pipeline stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline import records
from rehearsal.codepipeline.records import Gate

if TYPE_CHECKING:
    from rehearsal.codepipeline.definition import Action, Stage
    from rehearsal.codepipeline.machine import Machine
    from rehearsal.codepipeline.records import ActionRun

PAGES = {
    "CodeBuild": "codebuild/home?region={region}#/projects/{ProjectName}/view",
    "CloudFormation": "cloudformation/home?region={region}#/",
    "Lambda": "lambda/home?region={region}#/functions/{FunctionName}",
    "S3": "s3/home?region={region}#",
    "CodeCommit": "codecommit/home?region={region}#/repository/{RepositoryName}/browse/{BranchName}/--/",
    "CodeStarSourceConnection": "codesuite/settings/connections/redirect?connectionArn={ConnectionArn}"
    "&referenceType=BRANCH&FullRepositoryId={FullRepositoryId}&Branch={BranchName}",
}


def stage_state(machine: Machine, stage: Stage, region: str) -> dict[str, Any]:
    """Return the state of a stage."""
    waiting = [_inbound(machine, execution) for execution in machine.waiting.get(stage.name, [])]
    gate = machine.gates.get(stage.name, Gate())
    runs = {run.action.name: run for run in machine.actions.values() if run.stage == stage.name}
    state: dict[str, Any] = {
        "stageName": stage.name,
        "inboundExecutions": waiting,
        "inboundTransitionState": present(
            enabled=gate.enabled, lastChangedBy=gate.by, lastChangedAt=gate.at, disabledReason=gate.reason
        ),
        "actionStates": [_action(action, runs.get(action.name), region) for action in stage.actions],
    }
    if waiting:
        state["inboundExecution"] = waiting[-1]
    return {**state, **_latest(machine, stage)}


def present(**members: Any) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value not in (None, "")}


def failure(run: ActionRun) -> dict[str, str] | None:
    """Return why an action failed."""
    return {"code": run.failure.code, "message": run.failure.message} if run.failure else None


def _inbound(machine: Machine, execution: str) -> dict[str, str]:
    return {
        "pipelineExecutionId": execution,
        "status": records.IN_PROGRESS,
        "type": machine.executions[execution].type,
    }


def _latest(machine: Machine, stage: Stage) -> dict[str, Any]:
    if stage.name not in machine.latest:
        return {}
    execution = machine.executions[machine.latest[stage.name]]
    visit = machine.visits[stage.name, execution.id]
    stopping = visit.status == records.IN_PROGRESS and execution.status == records.STOPPING
    status = records.STOPPING if stopping else visit.status
    state: dict[str, Any] = {
        "latestExecution": {"pipelineExecutionId": execution.id, "status": status, "type": execution.type}
    }
    if visit.retry_trigger:
        state["retryStageMetadata"] = {
            "autoStageRetryAttempt": visit.automatic_retries,
            "manualStageRetryAttempt": visit.manual_retries,
            "latestRetryTrigger": visit.retry_trigger,
        }
    return state


def _action(action: Action, run: ActionRun | None, region: str) -> dict[str, Any]:
    state: dict[str, Any] = {"actionName": action.name, **present(entityUrl=entity_url(action, region))}
    if run is None:
        return state
    if run.revision:
        revision = run.revision
        state["currentRevision"] = {
            "revisionId": revision.id,
            "revisionChangeId": revision.change or revision.id,
            "created": revision.created or run.updated,
        }
        state["revisionUrl"] = revision.url
    state["latestExecution"] = present(
        actionExecutionId=run.id,
        status=run.status,
        summary=run.summary,
        lastStatusChange=run.updated,
        token=run.token if run.status == records.IN_PROGRESS else None,
        lastUpdatedBy=run.by,
        externalExecutionId=run.external_id,
        externalExecutionUrl=run.url,
        percentComplete=run.percent,
        errorDetails=failure(run),
    )
    return state


def entity_url(action: Action, region: str) -> str | None:
    """Return the console's page of what an action works with."""
    if action.category == "Approval":
        return action.configuration.get("ExternalEntityLink")
    return f"https://console.aws.amazon.com/{PAGES[action.provider]}".format(region=region, **action.configuration)
