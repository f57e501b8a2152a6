"""What AWS checks of a pipeline before it takes it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline import action_rules
from rehearsal.codepipeline.errors import RefusedError, unsupported
from rehearsal.codepipeline.variables import RESERVED, references

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.codepipeline.definition import Action, Pipeline, Stage

MOST_STAGES, MOST_ACTIONS, MOST_TOGETHER = 50, 50, 500


def check(pipeline: Pipeline, declared: dict[str, Any], region: str) -> None:
    """Refuse a pipeline that could not work."""
    _features(declared, region)
    _structure(pipeline)
    produced: set[str] = set()
    namespaces: dict[str, str] = {}
    for number, stage in enumerate(pipeline.stages):
        _stage(stage, first=number == 0)
        for order in sorted({action.order for action in stage.actions}):
            group = [action for action in stage.actions if action.order == order]
            for action in group:
                action_rules.check(action, region)
                _artifacts(action, produced)
            for action in group:
                _namespace(action, namespaces)
            produced |= {name for action in group for name in action.outputs}
    _references(pipeline, namespaces)


def structure(message: str) -> RefusedError:
    """Return the error of a pipeline that does not hold together."""
    return RefusedError("InvalidStructureException", message)


def _features(declared: dict[str, Any], region: str) -> None:
    if declared.get("pipelineType", "V1") != "V2":
        for name in ("executionMode", "variables", "triggers"):
            if declared.get(name) and declared[name] != "SUPERSEDED":
                raise structure(f"{name} is only supported for pipelines of type V2.")
    if declared.get("executionMode") == "PARALLEL":
        raise unsupported("the execution mode PARALLEL")
    _stores(declared, region)
    for trigger in declared.get("triggers", []):
        _trigger_features(trigger["gitConfiguration"])
    for stage in declared["stages"]:
        _stage_features(stage)


def _trigger_features(trigger: dict[str, Any]) -> None:
    if "pullRequest" in trigger:
        raise unsupported("triggers by pull requests")
    if any("tags" in one for one in trigger.get("push", [])):
        raise unsupported("triggers by tags")


def _stores(declared: dict[str, Any], region: str) -> None:
    one, several = declared.get("artifactStore"), declared.get("artifactStores")
    if bool(one) == bool(several):
        raise structure("A pipeline must have either artifactStore or artifactStores.")
    if several and set(several) != {region}:
        raise unsupported("artifact stores in other regions")


def _stage_features(stage: dict[str, Any]) -> None:
    failure = stage.get("onFailure", {})
    given = {name for name in ("beforeEntry", "onSuccess", "blockers") if stage.get(name)}
    for action in stage["actions"]:
        given |= {name for name in ("commands", "environmentVariables", "outputVariables") if action.get(name)}
        if any("files" in artifact for artifact in action.get("outputArtifacts", [])):
            given.add("outputArtifacts.files")
    if failure.get("conditions"):
        given.add("onFailure.conditions")
    for name in sorted(given):
        raise unsupported(f"{name} of stage '{stage['name']}'")
    if failure.get("result", "FAIL") not in ("FAIL", "RETRY", "ROLLBACK"):
        raise unsupported(f"onFailure with the result {failure['result']} of stage '{stage['name']}'")


def _structure(pipeline: Pipeline) -> None:
    if len(pipeline.stages) < 2:
        text = f"Pipeline has only {len(pipeline.stages)} stage(s)."
        raise structure(f"{text} There should be a minimum of 2 stages in a pipeline")
    every = [action for stage in pipeline.stages for action in stage.actions]
    if len(pipeline.stages) > MOST_STAGES or len(every) > MOST_TOGETHER:
        text = f"A pipeline may have {MOST_STAGES} stages and {MOST_TOGETHER} actions"
        raise RefusedError("LimitExceededException", f"{text}. This one has {len(pipeline.stages)} and {len(every)}.")
    for twin in _twice(stage.name for stage in pipeline.stages):
        raise structure(f"Stage names must be unique in a pipeline: '{twin}' is there twice.")
    for twin in _twice(name for action in every for name in action.outputs):
        raise structure(f"Output artifact names must be unique within a pipeline: '{twin}' is there twice.")
    sources = {action.name for action in pipeline.stages[0].actions}
    for trigger in pipeline.triggers:
        name = trigger["gitConfiguration"]["sourceActionName"]
        if name not in sources:
            raise structure(f"The trigger names a source action '{name}' that does not exist.")


def _stage(stage: Stage, *, first: bool) -> None:
    if not stage.actions or len(stage.actions) > MOST_ACTIONS:
        text = f"Stage '{stage.name}' has {len(stage.actions)} actions. It may have 1 to {MOST_ACTIONS}."
        raise RefusedError("InvalidStageDeclarationException", text)
    for twin in _twice(action.name for action in stage.actions):
        text = f"Action names must be unique in a stage: '{twin}' is there twice in stage '{stage.name}'."
        raise RefusedError("InvalidStageDeclarationException", text)
    for action in stage.actions:
        if first and action.category != "Source":
            text = f"Pipeline should start with a stage that only contains source actions: '{action.name}' is none."
            raise structure(text)
        if not first and action.category == "Source":
            raise structure(f"Source actions are only allowed in the first stage: '{action.name}' is not in it.")


def _artifacts(action: Action, produced: set[str]) -> None:
    for name in action.inputs:
        if name not in produced:
            text = f"Input artifact '{name}' of action '{action.name}' is not the output of any action before it."
            raise structure(text)


def _namespace(action: Action, namespaces: dict[str, str]) -> None:
    if not action.namespace:
        return
    if action.namespace in RESERVED:
        raise structure(f"The namespace '{action.namespace}' of action '{action.name}' is reserved.")
    if action.namespace in namespaces:
        other = namespaces[action.namespace]
        raise structure(f"The namespace '{action.namespace}' is used by '{other}' and by '{action.name}'.")
    namespaces[action.namespace] = action.name


def _references(pipeline: Pipeline, namespaces: dict[str, str]) -> None:
    for stage in pipeline.stages:
        for action in stage.actions:
            for text in action.configuration.values():
                for namespace, name in references(text):
                    _reference(pipeline, action, (namespace, name), namespaces)


def _reference(pipeline: Pipeline, action: Action, found: tuple[str, str], namespaces: dict[str, str]) -> None:
    namespace, name = found
    known = {"codepipeline": {"PipelineExecutionId"}, "variables": set(pipeline.variables)}
    if namespace not in namespaces and name not in known.get(namespace, ()):
        text = f"Action '{action.name}' refers to '#{{{namespace}.{name}}}', which does not exist in this pipeline."
        raise RefusedError("InvalidActionDeclarationException", text)


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]
