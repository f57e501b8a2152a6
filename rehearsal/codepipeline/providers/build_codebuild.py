"""Build action: a CodeBuild project run on the input artifacts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline.records import Artifact, Outcome, failed
from rehearsal.codepipeline.task import ActionError

if TYPE_CHECKING:
    from rehearsal.codepipeline.task import Task

LOOK_SECONDS = 0.1


def perform(task: Task) -> Outcome:
    """Run the project and wait for its end."""
    codebuild = task.client("codebuild")
    build = codebuild.start_build(**order(task))["build"]
    url = build.get("logs", {}).get("deepLink") or _console(task, build["id"])
    task.progress(external_id=build["id"], url=url)
    while not build.get("buildComplete") and build["buildStatus"] == "IN_PROGRESS":
        task.pause(LOOK_SECONDS)
        build = codebuild.batch_get_builds(ids=[build["id"]])["builds"][0]
    if build["buildStatus"] != "SUCCEEDED":
        return failed("JobFailed", _why(build), external_id=build["id"])
    exported = {one["name"]: one.get("value", "") for one in build.get("exportedEnvironmentVariables", [])}
    return Outcome(variables=exported, external_id=build["id"], url=url)


def order(task: Task) -> dict[str, Any]:
    """Return the call that starts the build."""
    configuration, inputs = task.configuration, list(task.run.inputs)
    primary = configuration.get("PrimarySource", inputs[0].name if inputs else "")
    first = next((one for one in inputs if one.name == primary), None)
    if first is None:
        raise ActionError("ConfigurationError", f"The primary source '{primary}' is not an input artifact.")
    wanted: dict[str, Any] = {
        "projectName": configuration["ProjectName"],
        "sourceTypeOverride": "CODEPIPELINE",
        "sourceLocationOverride": _arn(first),
        "environmentVariablesOverride": _environment(configuration.get("EnvironmentVariables", "[]")),
    }
    if first.revision:
        wanted["sourceVersion"] = first.revision
    others = [one for one in inputs if one is not first]
    if others:
        wanted["secondarySourcesOverride"] = [
            {"type": "CODEPIPELINE", "location": _arn(one), "sourceIdentifier": one.name} for one in others
        ]
    if task.execution.pipeline.key:
        wanted["encryptionKeyOverride"] = task.execution.pipeline.key
    return {**wanted, **_outputs(task.run.outputs)}


def _outputs(outputs: tuple[Artifact, ...]) -> dict[str, Any]:
    if not outputs:
        return {"artifactsOverride": {"type": "NO_ARTIFACTS"}}
    if len(outputs) == 1:
        return {"artifactsOverride": _output(outputs[0])}
    named = [{**_output(one), "artifactIdentifier": one.name} for one in outputs]
    return {"artifactsOverride": {"type": "NO_ARTIFACTS"}, "secondaryArtifactsOverride": named}


def _output(artifact: Artifact) -> dict[str, Any]:
    folder, _, name = artifact.key.rpartition("/")
    place = {"location": artifact.bucket, "path": folder, "namespaceType": "NONE", "name": name}
    return {"type": "CODEPIPELINE", "packaging": "ZIP", **place}


def _environment(text: str) -> list[dict[str, str]]:
    try:
        variables = json.loads(text)
        return [{"name": one["name"], "value": one["value"], "type": one.get("type", "PLAINTEXT")} for one in variables]
    except (ValueError, TypeError, KeyError) as error:
        message = f"The value of EnvironmentVariables is not a JSON list of names and values: {error}"
        raise ActionError("ConfigurationError", message) from error


def _arn(artifact: Artifact) -> str:
    return f"arn:aws:s3:::{artifact.bucket}/{artifact.key}"


def _console(task: Task, build: str) -> str:
    return f"https://console.aws.amazon.com/codebuild/home?region={task.region}#/builds/{build}/view/new"


def _why(build: dict[str, Any]) -> str:
    text = f"Build terminated with state: {build['buildStatus']}"
    for phase in build.get("phases", []):
        if phase.get("phaseStatus") in ("FAILED", "FAULT", "TIMED_OUT", "STOPPED", "CLIENT_ERROR"):
            context: dict[str, str] = next(iter(phase.get("contexts") or []), {})
            text += f". Phase: {phase['phaseType']}, Code: {context.get('statusCode', '')}"
            return f"{text}, Message: {context.get('message', '')}"
    return text
