"""Parameters and secrets."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Finding, Name, Tagging
from rehearsal.cloudformation.handlers.terms import names, send, step
from rehearsal.cloudformation.shaping import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call, Made, Replacement

PARAMETER_VALUE = "AllowedPattern DataType Description Policies Tier Value"
GENERATED = "GenerateSecretString"


@dataclass(frozen=True, kw_only=True)
class Secrets(Described):
    """Secrets, whose value may be made up."""

    @property
    def properties(self) -> frozenset[str]:
        """Return every property that is understood."""
        return super().properties | {GENERATED}

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Make it."""
        return super().create(call, self._filled(call, properties))

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Make up another value only when the way to make it up changed."""
        before, after = dict(old), dict(new)
        if not same(before.pop(GENERATED, None), after.pop(GENERATED, None)) and GENERATED in new:
            after = self._filled(call, new)
        return super().update(call, physical_id, attributes, before, after)

    @staticmethod
    def _filled(call: Call, properties: Mapping[str, Any]) -> dict[str, Any]:
        filled = {name: value for name, value in properties.items() if name != GENERATED}
        wanted = properties.get(GENERATED)
        if wanted is None:
            return filled
        asked = {
            name: value for name, value in wanted.items() if name not in ("SecretStringTemplate", "GenerateStringKey")
        }
        password = send(call, "secretsmanager", "GetRandomPassword", asked)["RandomPassword"]
        if "GenerateStringKey" in wanted:
            around = json.loads(wanted.get("SecretStringTemplate", "{}"))
            password = json.dumps({**around, wanted["GenerateStringKey"]: password})
        return {**filled, "SecretString": password}


PARAMETER = Described(
    type="AWS::SSM::Parameter",
    service="ssm",
    creation=step("PutParameter", f"{PARAMETER_VALUE} Type"),
    identity="Properties.Name",
    name=Name("Name", 256),
    updates=(
        step(
            "PutParameter",
            PARAMETER_VALUE,
            along=f"{PARAMETER_VALUE} Type",
            where={"Name": "Id", "Overwrite": "`true`"},
        ),
    ),
    finding=Finding(step("GetParameter", where={"Name": "Id"}), absent=names("ParameterNotFound")),
    attributes={
        "Type": "Response.Parameter.Type || Properties.Type",
        "Value": "Response.Parameter.Value || Properties.Value",
    },
    replacing=names("Name Type"),
    tagging=Tagging("AddTagsToResource", "RemoveTagsFromResource", {"ResourceId": "Id", "ResourceType": "'Parameter'"}),
    removal=step("DeleteParameter", where={"Name": "Id"}),
    gone=names("ParameterNotFound"),
)
SECRET = Secrets(
    type="AWS::SecretsManager::Secret",
    service="secretsmanager",
    creation=step("CreateSecret", "Description KmsKeyId SecretString"),
    identity="Response.ARN",
    name=Name("Name", 256),
    updates=(step("UpdateSecret", "Description KmsKeyId SecretString", where={"SecretId": "Id"}),),
    defaults={"Description": ""},
    attributes={"Id": "Id"},
    replacing=names("Name"),
    tagging=Tagging("TagResource", "UntagResource", {"SecretId": "Id"}),
    removal=step("DeleteSecret", where={"SecretId": "Id", "ForceDeleteWithoutRecovery": "`true`"}),
    gone=names("ResourceNotFoundException"),
)
HANDLERS = (PARAMETER, SECRET)
