"""What one build does: its project's settings with those of the StartBuild call laid over them."""

from __future__ import annotations

import copy
from typing import Any

from rehearsal.codebuild.errors import invalid, unsupported
from rehearsal.codebuild.projects import check_parts

PLAIN = {
    "sourceVersion": "sourceVersion",
    "secondarySourcesOverride": "secondarySources",
    "secondarySourcesVersionOverride": "secondarySourceVersions",
    "artifactsOverride": "artifacts",
    "secondaryArtifactsOverride": "secondaryArtifacts",
    "serviceRoleOverride": "serviceRole",
    "encryptionKeyOverride": "encryptionKey",
    "logsConfigOverride": "logsConfig",
    "timeoutInMinutesOverride": "timeoutInMinutes",
    "queuedTimeoutInMinutesOverride": "queuedTimeoutInMinutes",
    "cacheOverride": "cache",
}
OF_SOURCE = {
    "sourceTypeOverride": "type",
    "sourceLocationOverride": "location",
    "buildspecOverride": "buildspec",
    "gitCloneDepthOverride": "gitCloneDepth",
}
OF_ENVIRONMENT = {
    "imageOverride": "image",
    "computeTypeOverride": "computeType",
    "environmentTypeOverride": "type",
    "privilegedModeOverride": "privilegedMode",
}
OTHER = {"projectName", "environmentVariablesOverride", "idempotencyToken"}
Plan = dict[str, Any]


def laid_over(project: dict[str, Any], request: dict[str, Any]) -> Plan:
    """Return what this build does, or raise what it cannot do."""
    for name in request.keys() - PLAIN.keys() - OF_SOURCE.keys() - OF_ENVIRONMENT.keys() - OTHER:
        raise unsupported(f"the parameter {name} of StartBuild")
    plan: Plan = copy.deepcopy(project)
    for names, place in ((PLAIN, plan), (OF_SOURCE, plan["source"]), (OF_ENVIRONMENT, plan["environment"])):
        place.update({names[name]: value for name, value in request.items() if name in names})
    # What comes as a list replaces what the project says, name by name.
    variables = {each["name"]: each for each in plan["environment"]["environmentVariables"]}
    variables |= {
        each["name"]: {"type": "PLAINTEXT", **each} for each in request.get("environmentVariablesOverride", [])
    }
    plan["environment"]["environmentVariables"] = list(variables.values())
    _check(plan)
    return plan


def _check(plan: Plan) -> None:
    check_parts(plan)
    for source in [plan["source"], *plan["secondarySources"]]:
        if source["type"] == "CODEPIPELINE" and not source.get("location"):
            raise invalid("A build with source type CODEPIPELINE is started by a pipeline, which names the location")
    for source in plan["secondarySources"]:
        if not source.get("sourceIdentifier"):
            raise invalid("A secondary source needs a sourceIdentifier")
    for artifacts in [plan["artifacts"], *plan["secondaryArtifacts"]]:
        if artifacts["type"] == "CODEPIPELINE" and not artifacts.get("location"):
            raise invalid("A build with artifacts type CODEPIPELINE is started by a pipeline, which names the location")
