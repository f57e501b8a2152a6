"""The small pure steps that the machine is made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rehearsal.codepipeline import records, recovery
from rehearsal.codepipeline.records import ActionRun, Artifact, Failure, Scope
from rehearsal.codepipeline.variables import resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from rehearsal.codepipeline.definition import Action, Stage
    from rehearsal.codepipeline.records import Execution, Outcome

# AWS's own limit, after variables have been put in place.
LONGEST_VALUE = 1000
AFTER_FAILURE = {"RETRY": recovery.retry_by_itself, "ROLLBACK": recovery.roll_back_by_itself}


@dataclass(frozen=True)
class World:
    """Where time and names come from."""

    now: Callable[[], datetime]
    id: Callable[[], str]
    label: Callable[[], str]


def stage_of(execution: Execution, name: str) -> Stage:
    """Return a stage as it was when the execution started."""
    return execution.pipeline.stages[execution.pipeline.place(name)]


def following(execution: Execution, stage: str) -> str | None:
    """Return the stage after this one; going back is over after one stage."""
    place = execution.pipeline.place(stage) + 1
    if execution.rollback_target or place == len(execution.pipeline.stages):
        return None
    return execution.pipeline.stages[place].name


def prepare(world: World, execution: Execution, stage: str, action: Action) -> tuple[ActionRun, Failure | None]:
    """Return a new run of an action, and why it cannot even start."""
    pipeline = execution.pipeline
    configuration, failure = configured(execution, action)
    now = world.now()
    run = ActionRun(
        world.id(),
        execution.id,
        pipeline.version,
        stage,
        action,
        now,
        now,
        configuration,
        inputs=tuple(execution.scope.artifacts[name] for name in action.inputs if name in execution.scope.artifacts),
        outputs=tuple(
            Artifact(name, pipeline.bucket, f"{pipeline.name[:20]}/{name[:10]}/{world.label()}")
            for name in action.outputs
        ),
        token=world.id() if action.category == "Approval" else "",
        override=execution.overrides.get(action.name, ""),
    )
    missing = [name for name in action.inputs if name not in execution.scope.artifacts]
    if missing and not failure:
        failure = Failure("ConfigurationError", f"The input artifact '{missing[0]}' does not exist in this execution.")
    return run, failure


def configured(execution: Execution, action: Action) -> tuple[dict[str, str], Failure | None]:
    """Return an action's configuration with the execution's variables, and what is wrong with it."""
    known: dict[str, Mapping[str, str]] = {
        **execution.scope.namespaces,
        "codepipeline": {"PipelineExecutionId": execution.id},
        "variables": execution.variables,
    }
    resolved, missing = resolve(action.configuration, known)
    if missing:
        text = f"The action configuration refers to variables that could not be resolved: {', '.join(missing)}"
        return resolved, Failure("ConfigurationError", text)
    for key, value in resolved.items():
        if len(value) > LONGEST_VALUE:
            text = f"The value of the configuration property '{key}' has {len(value)} characters once its variables are"
            return resolved, Failure("ConfigurationError", f"{text} resolved. The limit is {LONGEST_VALUE} characters.")
    return resolved, None


def ended(run: ActionRun, outcome: Outcome, now: datetime) -> ActionRun:
    """Return the run as it ended."""
    revised = tuple(replace(one, revision=outcome.revision.id if outcome.revision else "") for one in run.outputs)
    return replace(
        run,
        status=outcome.status,
        failure=outcome.failure,
        updated=now,
        variables=dict(outcome.variables),
        outputs=revised,
        summary=run.summary if outcome.summary is None else outcome.summary,
        external_id=outcome.external_id or run.external_id,
        url=outcome.url or run.url,
        by=outcome.by or run.by,
        revision=outcome.revision,
    )


def widened(scope: Scope, run: ActionRun) -> Scope:
    """Return what an execution has after an action succeeded."""
    namespaces = dict(scope.namespaces)
    if run.action.namespace:
        namespaces[run.action.namespace] = run.variables
    revisions = tuple(one for one in scope.revisions if one.action != run.action.name)
    return Scope(
        {**scope.artifacts, **{artifact.name: artifact for artifact in run.outputs}},
        namespaces,
        (*revisions, run.revision) if run.revision else revisions,
    )


def why(runs: Mapping[tuple[str, str], ActionRun], stage: str) -> str:
    """Return a sentence on why a stage failed."""
    reasons = [
        f"{run.action.name}: {run.failure.message if run.failure else run.summary or 'failed'}"
        for run in runs.values()
        if run.stage == stage and run.status == records.FAILED
    ]
    return f"Stage {stage} failed. {' '.join(reasons)}"
