"""Functions, who may call them, and how they are called in the background."""

from __future__ import annotations

import io
import zipfile
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import (
    REPLACE,
    Described,
    Finding,
    Made,
    Name,
    Replacement,
    ResourceError,
    Tagging,
)
from rehearsal.cloudformation.handlers.terms import Composed, Setting, names, send, settings, step
from rehearsal.cloudformation.shaping import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.described import Document
    from rehearsal.cloudformation.handler import Call

CONFIGURATION = (
    "DeadLetterConfig Description Environment EphemeralStorage FileSystemConfigs Handler ImageConfig KmsKeyArn Layers "
    "LoggingConfig MemorySize Role Runtime SnapStart Timeout TracingConfig VpcConfig"
)
PATIENCE = 600
# AWS puts this module beside code that a template writes out.
ANSWERING = "cfnresponse"
INVOCATION = "DestinationConfig MaximumEventAgeInSeconds MaximumRetryAttempts"


def packed(source: str, runtime: str) -> bytes:
    """Return code that a template writes out as the archive that Lambda takes."""
    suffix = "py" if runtime.startswith("python") else "js"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"index.{suffix}", source)
        if suffix == "py" and ANSWERING in source:
            archive.writestr(
                f"{ANSWERING}.py", (files("rehearsal.cloudformation.inline") / f"{ANSWERING}.py").read_text()
            )
    return buffer.getvalue()


def _code(values: Mapping[str, Any]) -> dict[str, Any]:
    code = dict(values["Code"])
    if "ZipFile" in code:
        code["ZipFile"] = packed(code["ZipFile"], str(values.get("Runtime", "")))
    return code


def _new_code(values: dict[str, Any]) -> dict[str, Any]:
    architectures = {"Architectures": values["Architectures"]} if "Architectures" in values else {}
    return {**_code(values), **architectures}


def _ready(call: Call, document: Document) -> None:
    def settled() -> bool:
        state = call.client("lambda").get_function_configuration(FunctionName=document["Id"])
        if "Failed" in (state.get("State"), state.get("LastUpdateStatus")):
            raise ResourceError(state.get("StateReason") or state.get("LastUpdateStatusReason") or "Function failed")
        return not {"Pending", "InProgress"} & {state.get("State"), state.get("LastUpdateStatus")}

    call.until(settled, seconds=PATIENCE, every=0.05)


class Permission:
    """AWS::Lambda::Permission: a statement whose id is made up."""

    type = "AWS::Lambda::Permission"
    properties = names(
        "Action EventSourceToken FunctionName FunctionUrlAuthType Principal PrincipalOrgID SourceAccount SourceArn"
    )
    replacing = properties
    tagged = False

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Add the statement."""
        physical_id = call.name(100)
        send(call, "lambda", "AddPermission", {**properties, "StatementId": physical_id})
        return Made(physical_id, {"Id": physical_id})

    def update(
        self,
        call: Call,  # noqa: ARG002  # nothing is sent
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Make another one."""
        return Made(physical_id, attributes) if same(old, new) else REPLACE

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Take the statement away."""
        client = call.client("lambda")
        target = {"FunctionName": properties["FunctionName"], "StatementId": physical_id}
        try:
            send(call, "lambda", "RemovePermission", target)
        except client.exceptions.ResourceNotFoundException:
            return


FUNCTION = Composed(
    type="AWS::Lambda::Function",
    service="lambda",
    creation=step(
        "CreateFunction",
        f"{CONFIGURATION} Architectures Code CodeSigningConfigArn PackageType",
        turned=lambda values: {**values, "Code": _code(values)},
    ),
    identity="Response.FunctionName",
    name=Name("FunctionName", 64),
    updates=(
        step(
            "UpdateFunctionCode",
            "Architectures Code",
            along="Architectures Code Runtime",
            where={"FunctionName": "Id"},
            turned=_new_code,
        ),
        step("UpdateFunctionConfiguration", CONFIGURATION, where={"FunctionName": "Id"}),
    ),
    defaults={
        "Description": "",
        "Environment": {"Variables": {}},
        "EphemeralStorage": {"Size": 512},
        "KmsKeyArn": "",
        "Layers": [],
        "MemorySize": 128,
        "Timeout": 3,
        "TracingConfig": {"Mode": "PassThrough"},
        "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
    },
    parts=settings(
        Setting(
            "lambda",
            "ReservedConcurrentExecutions",
            "PutFunctionConcurrency",
            "FunctionName",
            member="ReservedConcurrentExecutions",
            remove="DeleteFunctionConcurrency",
        )
    ),
    finding=Finding(
        step("GetFunctionConfiguration", where={"FunctionName": "Id"}), absent=names("ResourceNotFoundException")
    ),
    attributes={"Arn": "Response.FunctionArn"},
    replacing=names("CodeSigningConfigArn FunctionName PackageType"),
    tagging=Tagging("TagResource", "UntagResource", {"Resource": "Attributes.Arn"}, mapped=True),
    settle=_ready,
    removal=step("DeleteFunction", where={"FunctionName": "Id"}),
    gone=names("ResourceNotFoundException"),
)
INVOKING = Described(
    type="AWS::Lambda::EventInvokeConfig",
    service="lambda",
    creation=step("PutFunctionEventInvokeConfig", f"{INVOCATION} FunctionName Qualifier"),
    identity="join('|', [Properties.FunctionName, Properties.Qualifier])",
    updates=(step("PutFunctionEventInvokeConfig", INVOCATION, along=f"{INVOCATION} FunctionName Qualifier"),),
    replacing=names("FunctionName Qualifier"),
    removal=step("DeleteFunctionEventInvokeConfig", "FunctionName Qualifier"),
    gone=names("ResourceNotFoundException"),
)
HANDLERS = (FUNCTION, Permission(), INVOKING)
