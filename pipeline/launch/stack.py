"""One stack, as CloudFormation describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from pipeline import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackTypeDef

TYPE = "AWS::CloudFormation::Stack"
GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"}
# Its creation failed or was never carried out, so it never served anybody: it can only be deleted.
STILLBORN = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS"}


@dataclass(frozen=True)
class Stack:
    """One stack."""

    name: str
    id: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def moving(self) -> bool:
        """Whether AWS is at work on it."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def stillborn(self) -> bool:
        """Whether it never came to life and must be deleted before it can be created."""
        return self.status in STILLBORN

    @property
    def usable(self) -> bool:
        """Whether it can be updated."""
        return self.status in GOOD


def find(cloudformation: "CloudFormationClient", name: str) -> Stack | None:
    """Return the stack of this name or id, or None if there is none (a deleted stack is none)."""
    try:
        found = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if aws_errors.code(error) == "ValidationError" and "does not exist" in aws_errors.message(error):
            return None
        raise
    stack = _stack(found[0])
    return None if stack.status == "DELETE_COMPLETE" else stack


def template(cloudformation: "CloudFormationClient", stack: Stack) -> Any:
    """Return the template that the stack was last made from."""
    return cloudformation.get_template(StackName=stack.id, TemplateStage="Original")["TemplateBody"]


def _stack(found: "StackTypeDef") -> Stack:
    return Stack(
        name=found["StackName"],
        id=found["StackId"],
        status=found["StackStatus"],
        reason=found.get("StackStatusReason", ""),
        parameters={p["ParameterKey"]: p.get("ParameterValue", "") for p in found.get("Parameters", [])},
        outputs={o["OutputKey"]: o.get("OutputValue", "") for o in found.get("Outputs", [])},
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
    )
