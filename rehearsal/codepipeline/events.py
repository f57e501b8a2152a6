"""What EventBridge is told of pipelines, stages and actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.codepipeline.effects import Announce
    from rehearsal.codepipeline.records import ActionRun, Artifact


def described(told: Announce, region: str) -> tuple[str, dict[str, Any]]:
    """Return the event's type and detail."""
    execution = told.execution
    detail: dict[str, Any] = {
        "pipeline": execution.pipeline.name,
        "execution-id": execution.id,
        "start-time": execution.started.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "version": float(execution.pipeline.version),
        "pipeline-execution-attempt": float(execution.attempt),
        "state": told.state,
    }
    if told.run:
        return _type("Action"), {**detail, "stage": told.stage, **_action(told.run, region)}
    if told.state == "FAILED":
        detail["failed-actions"] = [_failure(run) for run in told.failures]
    if told.stage:
        return _type("Stage"), {**detail, "stage": told.stage}
    trigger = {"trigger-type": execution.trigger.type, "trigger-detail": execution.trigger.detail}
    detail["execution-trigger"] = trigger
    if execution.rollback_target:
        detail["execution-type"] = "ROLLBACK"
        detail["rollback-metadata"] = {"rollback-target-pipeline-execution-id": execution.rollback_target}
    if execution.stop_reason:
        detail["stop-execution-comments"] = execution.stop_reason
    return _type("Pipeline"), detail


def _type(what: str) -> str:
    return f"CodePipeline {what} Execution State Change"


def _failure(run: ActionRun) -> dict[str, str]:
    return {"action": run.action.name, "additional-information": run.failure.message if run.failure else ""}


def _action(run: ActionRun, region: str) -> dict[str, Any]:
    detail: dict[str, Any] = {
        "action": run.action.name,
        "action-execution-id": run.id,
        "region": run.action.region or region,
        "type": {
            "owner": run.action.owner,
            "provider": run.action.provider,
            "category": run.action.category,
            "version": run.action.type_version,
        },
        "input-artifacts": [_artifact(one) for one in run.inputs],
        "output-artifacts": [_artifact(one) for one in run.outputs],
    }
    result = {
        "external-execution-id": run.external_id,
        "external-execution-url": run.url,
        "external-execution-summary": run.failure.message if run.failure else run.summary,
        "error-code": run.failure.code if run.failure else None,
    }
    known = {name: value for name, value in result.items() if value}
    return {**detail, "execution-result": known} if known else detail


def _artifact(artifact: Artifact) -> dict[str, Any]:
    return {"name": artifact.name, "s3location": {"bucket": artifact.bucket, "key": artifact.key}}
