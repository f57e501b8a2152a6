"""Pipelines: create, change, look at, delete, tag."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from rehearsal.codepipeline import validation
from rehearsal.codepipeline.backend import Kept, add_tags
from rehearsal.codepipeline.catalogue import TYPES
from rehearsal.codepipeline.definition import read
from rehearsal.codepipeline.errors import RefusedError
from rehearsal.codepipeline.machine import Machine
from rehearsal.codepipeline.pages import page
from rehearsal.codepipeline.records import Trigger

if TYPE_CHECKING:
    from rehearsal.codepipeline.backend import Backend
    from rehearsal.codepipeline.operations.call import Call

SERVICE = "codepipeline.amazonaws.com"
DEFAULTS: dict[str, Any] = {"runOrder": 1, "configuration": {}, "outputArtifacts": [], "inputArtifacts": []}


def create(call: Call) -> dict[str, Any]:
    """Create a pipeline, which starts at once."""
    backend, declared = call.backend, _complete(call.parameters["pipeline"], 1)
    name = declared["name"]
    if name in backend.kept:
        text = f"A pipeline with the name '{name}' already exists in account '{backend.account_id}'"
        raise RefusedError("PipelineNameInUseException", text)
    pipeline = read(declared, backend.region_name)
    validation.check(pipeline, declared, backend.region_name)
    _trusts(backend, pipeline.role)
    now = backend.driver.clock.now()
    kept = Kept(Machine(pipeline, backend.driver.world), {1: declared}, now, now)
    tags = call.parameters.get("tags") or []
    add_tags(kept, backend.arn(name), tags)
    backend.kept[name] = kept
    with backend.turn(name) as machine:
        machine.start(Trigger("CreatePipeline", call.caller))
    return {"pipeline": declared, "tags": tags}


def update(call: Call) -> dict[str, Any]:
    """Put a new version of a pipeline in force."""
    backend, given = call.backend, call.parameters["pipeline"]
    kept = backend.find(given["name"])
    with backend.turn(given["name"]) as machine:
        declared = _complete(given, machine.pipeline.version + 1)
        pipeline = read(declared, backend.region_name)
        validation.check(pipeline, declared, backend.region_name)
        _trusts(backend, pipeline.role)
        kept.versions[pipeline.version] = declared
        kept.updated = backend.driver.clock.now()
        machine.update(pipeline)
    return {"pipeline": declared}


def get(call: Call) -> dict[str, Any]:
    """Return a pipeline, as it is or as it was."""
    name = call.parameters["name"]
    kept = call.backend.find(name)
    version = call.parameters.get("version") or kept.machine.pipeline.version
    if version not in kept.versions:
        text = f"The pipeline '{name}' does not have a version {version}."
        raise RefusedError("PipelineVersionNotFoundException", text)
    metadata = {"pipelineArn": call.backend.arn(name), "created": kept.created, "updated": kept.updated}
    return {"pipeline": kept.versions[version], "metadata": metadata}


def delete(call: Call) -> dict[str, Any]:
    """Delete a pipeline, and stop what it is doing."""
    name = call.parameters["name"]
    if name in call.backend.kept:
        with call.backend.turn(name) as machine:
            machine.end()
        del call.backend.kept[name]
    return {}


def list_all(call: Call) -> dict[str, Any]:
    """Return all pipelines, by name."""
    found = sorted(call.backend.kept.items())
    return page("pipelines", found, lambda one: one[0], _listed, call.parameters)


def action_types(call: Call) -> dict[str, Any]:
    """Return the action types that there are."""
    owner = call.parameters.get("actionOwnerFilter", "AWS")
    found = [(kind, category) for kind in TYPES.values() for category in kind.categories]
    described = [kind.described(category) for kind, category in found] if owner == "AWS" else []
    return {"actionTypes": described}


def tags(call: Call) -> dict[str, Any]:
    """Return a pipeline's tags."""
    kept = call.backend.tagged(call.parameters["resourceArn"])
    return {"tags": [{"key": key, "value": value} for key, value in sorted(kept.tags.items())]}


def tag(call: Call) -> dict[str, Any]:
    """Tag a pipeline."""
    arn = call.parameters["resourceArn"]
    add_tags(call.backend.tagged(arn), arn, call.parameters["tags"])
    return {}


def untag(call: Call) -> dict[str, Any]:
    """Take tags from a pipeline."""
    kept = call.backend.tagged(call.parameters["resourceArn"])
    for key in call.parameters["tagKeys"]:
        kept.tags.pop(key, None)
    return {}


def _listed(one: tuple[str, Kept]) -> dict[str, Any]:
    name, kept = one
    return {
        "name": name,
        "version": kept.machine.pipeline.version,
        "pipelineType": kept.declared["pipelineType"],
        "executionMode": kept.declared["executionMode"],
        "created": kept.created,
        "updated": kept.updated,
    }


def _complete(given: dict[str, Any], version: int) -> dict[str, Any]:
    declared = {"pipelineType": "V1", "executionMode": "SUPERSEDED", **copy.deepcopy(given), "version": version}
    for stage in declared["stages"]:
        stage["actions"] = [{**copy.deepcopy(DEFAULTS), **action} for action in stage["actions"]]
    return declared


def _trusts(backend: Backend, role_arn: str) -> None:
    try:
        role = iam_backends[backend.account_id][backend.partition].get_role_by_arn(role_arn)
        statements = json.loads(role.assume_role_policy_document)["Statement"]
    except NotFoundException:
        statements = []
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        service = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow" and SERVICE in ([service] if isinstance(service, str) else service):
            return
    text = f"CodePipeline is not authorized to perform AssumeRole on role {role_arn}"
    raise RefusedError("InvalidStructureException", text)
