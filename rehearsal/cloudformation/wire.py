"""CloudFormation's operations on moto's wire: each one ours, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import botocore.session
from botocore import xform_name
from moto.core.responses import ActionResult, BaseResponse
from moto.sts.models import sts_backends

from rehearsal.cloudformation import changesetcommands, queries, stackcommands
from rehearsal.cloudformation.errors import ValidationError
from rehearsal.cloudformation.region import Region

Command = Callable[[Region, dict[str, Any], str | None], dict[str, Any]]
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")
MODULES = (stackcommands, changesetcommands, queries)
# What some command acts on; any other parameter, given with a value, is refused.
UNDERSTOOD = frozenset(
    {
        *("Capabilities", "ChangeSetName", "ChangeSetType", "ClientRequestToken", "ClientToken", "Description"),
        *(
            "DisableRollback",
            "EnableTerminationProtection",
            "ExportName",
            "ImportExistingResources",
            "IncludeNestedStacks",
        ),
        *(
            "LogicalResourceId",
            "NextToken",
            "NotificationARNs",
            "OnFailure",
            "OnStackFailure",
            "Parameters",
            "PhysicalResourceId",
        ),
        *("ResourcesToSkip", "RetainResources", "RoleARN", "StackName", "StackStatusFilter", "Tags", "TemplateBody"),
        *("TemplateStage", "TemplateURL", "TimeoutInMinutes", "UsePreviousTemplate"),
    }
)


class Wire(BaseResponse):
    """The operations."""

    def __init__(self) -> None:
        """Have moto parse the parameters by botocore's model."""
        super().__init__(service_name="cloudformation")
        self.automated_parameter_parsing = True

    def caller(self) -> str | None:
        """Return the role whose credentials signed the request, or None for the operator."""
        match = CREDENTIAL.search(self.headers.get("Authorization", ""))
        backend = sts_backends[self.current_account][self.partition]
        assumed = backend.get_assumed_role_from_access_key(match[1]) if match else None
        return assumed.role_arn if assumed else None

    def run(self, operation: str, command: Command | None, region: Region) -> ActionResult:
        """Run one operation."""
        if command is None:
            raise ValidationError(f"The operation {operation} is not supported here")
        asked = self._get_params()
        for name in sorted(asked.keys() - UNDERSTOOD):
            if asked[name]:
                raise ValidationError(f"The parameter {name} of {operation} is not supported here")
        return ActionResult(command(region, asked, self.caller()))


def command_for(operation: str) -> Command | None:
    """Return what carries out the operation."""
    for module in MODULES:
        command: Command | None = getattr(module, xform_name(operation), None)
        if command is not None:
            return command
    return None


def wire_for(region_of: Callable[[str, str], Region]) -> type[Wire]:
    """Return a response class with a method for every operation that botocore knows."""

    def method(operation: str) -> Callable[[Wire], ActionResult]:
        command = command_for(operation)
        return lambda wire: wire.run(operation, command, region_of(wire.current_account, wire.region))

    names = botocore.session.get_session().get_service_model("cloudformation").operation_names
    return type("CloudFormationWire", (Wire,), {xform_name(name): method(name) for name in names})
