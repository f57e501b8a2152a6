"""What a stack is to be made of: template, parameters and tags, from the action's configuration and its artifacts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline.task import ActionError

if TYPE_CHECKING:
    from rehearsal.codepipeline.task import Task

# A longer template has to be read from a bucket.
LONGEST_BODY = 51_200
LONGEST_OVERRIDES = 1024


def declared(task: Task) -> dict[str, Any]:
    """Return what creates or updates the stack."""
    configuration = task.configuration
    settings = _settings(task)
    parameters = {**settings.get("Parameters", {}), **_overrides(task)}
    call: dict[str, Any] = {
        "StackName": configuration["StackName"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": _text(one)} for key, one in parameters.items()],
        **_template(task),
    }
    if "Capabilities" in configuration:
        call["Capabilities"] = [one.strip() for one in configuration["Capabilities"].split(",") if one.strip()]
    if "RoleArn" in configuration:
        call["RoleARN"] = configuration["RoleArn"]
    if "Tags" in settings:
        call["Tags"] = [{"Key": key, "Value": str(one)} for key, one in settings["Tags"].items()]
    if "StackPolicy" in settings:
        call["StackPolicyBody"] = json.dumps(settings["StackPolicy"])
    return call


def split(path: str) -> tuple[str, str]:
    """Return the artifact and the file that are meant by `Artifact::file`."""
    artifact, separator, name = path.partition("::")
    if not (artifact and separator and name):
        raise ActionError("ConfigurationError", f"'{path}' is no path of the form ArtifactName::FileName.")
    return artifact, name


def _template(task: Task) -> dict[str, str]:
    artifact, path = split(task.configuration["TemplatePath"])
    body = task.file(artifact, path)
    if len(body) <= LONGEST_BODY:
        return {"TemplateBody": body.decode()}
    kept = task.spare("template")
    task.keep(kept, body)
    return {"TemplateURL": f"https://{kept.bucket}.s3.{task.region}.amazonaws.com/{kept.key}"}


def _settings(task: Task) -> dict[str, Any]:
    path = task.configuration.get("TemplateConfiguration")
    if not path:
        return {}
    settings = _object(task.file(*split(path)), path)
    unknown = set(settings) - {"Parameters", "Tags", "StackPolicy"}
    if unknown:
        text = f"The template configuration {path} has unknown keys: {', '.join(sorted(unknown))}"
        raise ActionError("ConfigurationError", text)
    return settings


def _overrides(task: Task) -> dict[str, Any]:
    text = task.configuration.get("ParameterOverrides", "{}")
    if len(text.encode()) > LONGEST_OVERRIDES:
        message = f"ParameterOverrides has {len(text.encode())} bytes. The limit is {LONGEST_OVERRIDES}."
        raise ActionError("ConfigurationError", message)
    return {key: _value(task, one) for key, one in _object(text.encode(), "ParameterOverrides").items()}


def _value(task: Task, value: Any) -> Any:
    match value:
        case {"Fn::GetParam": [str(artifact), str(path), str(key)]} if len(value) == 1:
            found = _object(task.file(artifact, path), path)
            if key not in found:
                text = f"The file [{path}] of the artifact [{artifact}] has no key [{key}]"
                raise ActionError("ConfigurationError", text)
            return found[key]
        case {"Fn::GetArtifactAtt": [str(artifact), str(attribute)]} if len(value) == 1:
            return _attribute(task, artifact, attribute)
        case dict():
            text = f"ParameterOverrides: {json.dumps(value)} is neither Fn::GetParam nor Fn::GetArtifactAtt."
            raise ActionError("ConfigurationError", text)
    return value


def _attribute(task: Task, name: str, attribute: str) -> str:
    found = next((one for one in task.run.inputs if one.name == name), None)
    if found is None:
        raise ActionError("ConfigurationError", f"The action has no input artifact '{name}'.")
    known = {
        "BucketName": found.bucket,
        "ObjectKey": found.key,
        "URL": f"https://{found.bucket}.s3.{task.region}.amazonaws.com/{found.key}",
    }
    if attribute not in known:
        text = f"Fn::GetArtifactAtt: '{attribute}' is none of {', '.join(known)}."
        raise ActionError("ConfigurationError", text)
    return known[attribute]


def _object(text: bytes, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ActionError("ConfigurationError", f"{name} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ActionError("ConfigurationError", f"{name} is no JSON object.")
    return found


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)
