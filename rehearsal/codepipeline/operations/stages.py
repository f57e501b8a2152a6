"""Stages: where they stand, their gates, trying again and going back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline import recovery
from rehearsal.codepipeline.errors import no_stage, unsupported
from rehearsal.codepipeline.records import Gate
from rehearsal.codepipeline.state_report import stage_state

if TYPE_CHECKING:
    from rehearsal.codepipeline.operations.call import Call


def state(call: Call) -> dict[str, Any]:
    """Return where a pipeline stands."""
    name = call.parameters["name"]
    kept = call.backend.find(name)
    with call.backend.turn(name) as machine:
        return {
            "pipelineName": name,
            "pipelineVersion": machine.pipeline.version,
            "stageStates": [stage_state(machine, stage, call.backend.region_name) for stage in machine.pipeline.stages],
            "created": kept.created,
            "updated": kept.updated,
        }


def enable(call: Call) -> dict[str, Any]:
    """Open the way into a stage."""
    _gate(call, Gate(by=call.caller, at=call.backend.driver.clock.now()))
    return {}


def disable(call: Call) -> dict[str, Any]:
    """Close the way into a stage."""
    now = call.backend.driver.clock.now()
    _gate(call, Gate(enabled=False, reason=call.parameters["reason"], by=call.caller, at=now))
    return {}


def retry(call: Call) -> dict[str, Any]:
    """Run a stage that failed again."""
    given = call.parameters
    execution: str = given["pipelineExecutionId"]
    with call.backend.turn(given["pipelineName"]) as machine:
        recovery.retry(machine, given["stageName"], execution, given["retryMode"])
    return {"pipelineExecutionId": execution}


def roll_back(call: Call) -> dict[str, Any]:
    """Run a stage with what an earlier execution brought to it."""
    given = call.parameters
    with call.backend.turn(given["pipelineName"]) as machine:
        execution = recovery.roll_back(machine, given["stageName"], given["targetPipelineExecutionId"], call.caller)
    return {"pipelineExecutionId": execution.id}


def _gate(call: Call, gate: Gate) -> None:
    given = call.parameters
    with call.backend.turn(given["pipelineName"]) as machine:
        if machine.pipeline.stage(given["stageName"]) is None:
            raise no_stage(given["pipelineName"], given["stageName"])
        if given["transitionType"] != "Inbound":
            raise unsupported("outbound transitions: use the inbound one of the next stage")
        machine.gate(given["stageName"], gate)
