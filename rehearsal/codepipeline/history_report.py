"""Executions and actions, as the history shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline.state_report import failure, present

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.codepipeline.records import ActionRun, Artifact, Execution


def execution_detail(execution: Execution) -> dict[str, Any]:
    """Return an execution as GetPipelineExecution does."""
    found = {artifact.revision: name for name, artifact in execution.scope.artifacts.items()}
    return present(
        pipelineName=execution.pipeline.name,
        pipelineVersion=execution.pipeline.version,
        pipelineExecutionId=execution.id,
        status=execution.status,
        statusSummary=execution.summary,
        artifactRevisions=[
            present(
                name=found.get(one.id, one.action),
                revisionId=one.id,
                revisionChangeIdentifier=one.change,
                revisionSummary=one.summary,
                created=one.created,
                revisionUrl=one.url,
            )
            for one in execution.scope.revisions
        ],
        variables=[{"name": name, "resolvedValue": value} for name, value in execution.variables.items()],
        **_common(execution),
    )


def execution_summary(execution: Execution) -> dict[str, Any]:
    """Return an execution as ListPipelineExecutions does."""
    return present(
        pipelineExecutionId=execution.id,
        status=execution.status,
        statusSummary=execution.summary,
        startTime=execution.started,
        lastUpdateTime=execution.updated,
        sourceRevisions=[
            present(actionName=one.action, revisionId=one.id, revisionSummary=one.summary, revisionUrl=one.url)
            for one in execution.scope.revisions
        ],
        stopTrigger=None if execution.stop_reason is None else {"reason": execution.stop_reason},
        **_common(execution),
    )


def action_detail(run: ActionRun, region: str) -> dict[str, Any]:
    """Return an action execution as ListActionExecutions does."""
    action = run.action
    return present(
        pipelineExecutionId=run.execution,
        actionExecutionId=run.id,
        pipelineVersion=run.version,
        stageName=run.stage,
        actionName=action.name,
        startTime=run.started,
        lastUpdateTime=run.updated,
        updatedBy=run.by,
        status=run.status,
        input=present(
            actionTypeId=action.kind,
            configuration=dict(action.configuration),
            resolvedConfiguration=dict(run.configuration),
            roleArn=action.role,
            region=action.region or region,
            inputArtifacts=_artifacts(run.inputs),
            namespace=action.namespace,
        ),
        output={
            "outputArtifacts": _artifacts(run.outputs),
            "executionResult": present(
                externalExecutionId=run.external_id,
                externalExecutionSummary=run.summary,
                externalExecutionUrl=run.url,
                errorDetails=failure(run),
            ),
            "outputVariables": dict(run.variables),
        },
    )


def _common(execution: Execution) -> dict[str, Any]:
    common: dict[str, Any] = {
        "trigger": {"triggerType": execution.trigger.type, "triggerDetail": execution.trigger.detail},
        "executionMode": execution.pipeline.mode,
        "executionType": execution.type,
    }
    if execution.rollback_target:
        common["rollbackMetadata"] = {"rollbackTargetPipelineExecutionId": execution.rollback_target}
    return common


def _artifacts(artifacts: Iterable[Artifact]) -> list[dict[str, Any]]:
    return [{"name": one.name, "s3location": {"bucket": one.bucket, "key": one.key}} for one in artifacts]
