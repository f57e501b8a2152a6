"""Keys of KMS and their aliases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Tagging
from rehearsal.cloudformation.handlers.terms import Composed, names, send, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call


@dataclass(frozen=True)
class KeyTagging(Tagging):
    """KMS has words of its own for keys and values."""

    def shape(self, tags: Mapping[str, str]) -> Any:
        """Return tags as KMS takes them."""
        return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


def _rotation(call: Call, physical_id: str, _old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    wanted = str(new.get("EnableKeyRotation", "false")).lower() == "true"
    period = {"RotationPeriodInDays": new["RotationPeriodInDays"]} if "RotationPeriodInDays" in new else {}
    if wanted:
        send(call, "kms", "EnableKeyRotation", {"KeyId": physical_id, **period})
    else:
        send(call, "kms", "DisableKeyRotation", {"KeyId": physical_id})


def _enabled(call: Call, physical_id: str, _old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    wanted = str(new.get("Enabled", "true")).lower() == "true"
    send(call, "kms", "EnableKey" if wanted else "DisableKey", {"KeyId": physical_id})


KEY = Composed(
    type="AWS::KMS::Key",
    service="kms",
    creation=step(
        "CreateKey",
        "BypassPolicyLockoutSafetyCheck Description KeyPolicy KeySpec KeyUsage MultiRegion Origin",
        renamed={"KeyPolicy": "Policy"},
    ),
    identity="Response.KeyMetadata.KeyId",
    updates=(
        step(
            "PutKeyPolicy",
            "KeyPolicy",
            where={"KeyId": "Id", "PolicyName": "'default'"},
            renamed={"KeyPolicy": "Policy"},
        ),
        step("UpdateKeyDescription", "Description", where={"KeyId": "Id"}),
    ),
    defaults={"Description": ""},
    parts={"EnableKeyRotation": _rotation, "RotationPeriodInDays": _rotation, "Enabled": _enabled},
    # How long a key waits is asked when it is deleted.
    recorded=names("PendingWindowInDays"),
    attributes={"Arn": "Response.KeyMetadata.Arn", "KeyId": "Id"},
    replacing=names("KeySpec KeyUsage MultiRegion Origin"),
    tagging=KeyTagging("TagResource", "UntagResource", {"KeyId": "Id"}),
    removal=step("ScheduleKeyDeletion", "PendingWindowInDays", where={"KeyId": "Id"}),
    gone=names("NotFoundException KMSInvalidStateException"),
)
ALIAS = Described(
    type="AWS::KMS::Alias",
    service="kms",
    creation=step("CreateAlias", "AliasName TargetKeyId"),
    identity="Properties.AliasName",
    updates=(step("UpdateAlias", "TargetKeyId", where={"AliasName": "Id"}),),
    replacing=names("AliasName"),
    removal=step("DeleteAlias", where={"AliasName": "Id"}),
    gone=names("NotFoundException"),
)
HANDLERS = (KEY, ALIAS)
