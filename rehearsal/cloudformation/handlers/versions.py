"""Versions of functions, their aliases, and what feeds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Tagging
from rehearsal.cloudformation.handlers.terms import names, send, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call

FEEDING = (
    "BatchSize BisectBatchOnFunctionError DestinationConfig Enabled FilterCriteria FunctionName FunctionResponseTypes "
    "MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts ParallelizationFactor ScalingConfig "
    "TumblingWindowInSeconds"
)


@dataclass(frozen=True, kw_only=True)
class Versions(Described):
    """Versions, which go one by one although they are pieces of a function."""

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Remove this version alone."""
        del properties
        function, _, version = physical_id.rpartition(":")
        client = call.client("lambda")
        try:
            send(call, "lambda", "DeleteFunction", {"FunctionName": function, "Qualifier": version})
        except client.exceptions.ResourceNotFoundException:
            return


def _weights(values: dict[str, Any]) -> dict[str, Any]:
    if "RoutingConfig" not in values:
        return values
    weights = values["RoutingConfig"].get("AdditionalVersionWeights", [])
    shares = {one["FunctionVersion"]: one["FunctionWeight"] for one in weights}
    return {**values, "RoutingConfig": {"AdditionalVersionWeights": shares}}


VERSION = Versions(
    type="AWS::Lambda::Version",
    service="lambda",
    creation=step("PublishVersion", "CodeSha256 Description FunctionName"),
    identity="Response.FunctionArn",
    attributes={"FunctionArn": "Response.FunctionArn", "Version": "Response.Version"},
    replacing=names("CodeSha256 Description FunctionName"),
    removal=step("DeleteFunction"),
)
ALIAS = Described(
    type="AWS::Lambda::Alias",
    service="lambda",
    creation=step("CreateAlias", "Description FunctionName FunctionVersion Name RoutingConfig", turned=_weights),
    identity="Response.AliasArn",
    updates=(
        step(
            "UpdateAlias",
            "Description FunctionVersion RoutingConfig",
            along="FunctionName Name",
            turned=_weights,
        ),
    ),
    defaults={"Description": "", "RoutingConfig": {}},
    attributes={"AliasArn": "Id"},
    replacing=names("FunctionName Name"),
    removal=step("DeleteAlias", "FunctionName Name"),
    gone=names("ResourceNotFoundException"),
)
FEED = Described(
    type="AWS::Lambda::EventSourceMapping",
    service="lambda",
    creation=step("CreateEventSourceMapping", f"{FEEDING} EventSourceArn StartingPosition"),
    identity="Response.UUID",
    updates=(step("UpdateEventSourceMapping", FEEDING, along="FunctionName", where={"UUID": "Id"}),),
    attributes={"Id": "Id", "EventSourceMappingArn": "Response.EventSourceMappingArn"},
    replacing=names("EventSourceArn StartingPosition"),
    tagging=Tagging("TagResource", "UntagResource", {"Resource": "Attributes.EventSourceMappingArn"}, mapped=True),
    removal=step("DeleteEventSourceMapping", where={"UUID": "Id"}),
    gone=names("ResourceNotFoundException"),
)
HANDLERS = (VERSION, ALIAS, FEED)
