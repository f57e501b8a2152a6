"""Tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Finding, Name, Tagging
from rehearsal.cloudformation.handlers.terms import Composed, Setting, names, settings, step

if TYPE_CHECKING:
    from rehearsal.cloudformation.described import Document
    from rehearsal.cloudformation.handler import Call

CHANGEABLE = (
    "AttributeDefinitions BillingMode DeletionProtectionEnabled ProvisionedThroughput SSESpecification "
    "StreamSpecification TableClass"
)
PATIENCE = 60


def _turned(values: dict[str, Any]) -> dict[str, Any]:
    made = dict(values)
    if "StreamSpecification" in made:
        made["StreamSpecification"] = {"StreamEnabled": True, **made["StreamSpecification"]}
    if "SSESpecification" in made:
        encryption = dict(made["SSESpecification"])
        made["SSESpecification"] = {"Enabled": encryption.pop("SSEEnabled"), **encryption}
    return made


def _active(call: Call, document: Document) -> None:
    def settled() -> bool:
        status: str = call.client("dynamodb").describe_table(TableName=document["Id"])["Table"]["TableStatus"]
        return status == "ACTIVE"

    call.until(settled, seconds=PATIENCE, every=0.05)


TABLE = Composed(
    type="AWS::DynamoDB::Table",
    service="dynamodb",
    creation=step(
        "CreateTable", f"{CHANGEABLE} GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes", turned=_turned
    ),
    identity="Properties.TableName",
    name=Name("TableName", 255),
    updates=(step("UpdateTable", CHANGEABLE, where={"TableName": "Id"}, turned=_turned),),
    defaults={
        "BillingMode": "PROVISIONED",
        "DeletionProtectionEnabled": False,
        "SSESpecification": {"SSEEnabled": False},
        "TableClass": "STANDARD",
    },
    parts=settings(
        Setting(
            "dynamodb",
            "TimeToLiveSpecification",
            "UpdateTimeToLive",
            "TableName",
            member="TimeToLiveSpecification",
        ),
        Setting(
            "dynamodb",
            "PointInTimeRecoverySpecification",
            "UpdateContinuousBackups",
            "TableName",
            member="PointInTimeRecoverySpecification",
            default={"PointInTimeRecoveryEnabled": False},
        ),
    ),
    settle=_active,
    reading=step("DescribeTable", where={"TableName": "Id"}),
    finding=Finding(step("DescribeTable", where={"TableName": "Id"}), absent=names("ResourceNotFoundException")),
    attributes={"Arn": "Response.Table.TableArn", "StreamArn": "Response.Table.LatestStreamArn"},
    replacing=names("KeySchema LocalSecondaryIndexes TableName"),
    tagging=Tagging("TagResource", "UntagResource", {"ResourceArn": "Attributes.Arn"}),
    removal=step("DeleteTable", where={"TableName": "Id"}),
    gone=names("ResourceNotFoundException"),
)
HANDLERS = (TABLE,)
