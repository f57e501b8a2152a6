"""What the names in a stack's template mean."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.errors import ValidationError
from rehearsal.cloudformation.resolver import Conditions, Resolver, Scope
from rehearsal.cloudformation.validation import pruned

if TYPE_CHECKING:
    from rehearsal.cloudformation.region import Region
    from rehearsal.cloudformation.stack import Intent, Resource, Stack
    from rehearsal.cloudformation.template import Declared


# Finds a resource for a Ref (attribute None) or a GetAtt.
Lookup = Callable[[str, str | None], "Resource | None"]


class Scoping:
    """The scope of one stack with one intent."""

    def __init__(self, region: Region, stack: Stack, intent: Intent, resource: Lookup) -> None:
        """Take where resources are looked up."""
        self._region = region
        self._stack = stack
        self._intent = intent
        self._resource = resource
        self.imports: set[str] = set()
        self.conditions = Conditions(intent.template.section("Conditions"), Resolver(self._scope({}))).all()
        self.resolver = Resolver(self._scope(self.conditions))

    def _scope(self, conditions: dict[str, bool]) -> Scope:
        return Scope(
            values={**self._pseudo(), **{key: bound.value for key, bound in self._intent.parameters.items()}},
            mappings=self._intent.template.section("Mappings"),
            conditions=conditions,
            reference=self._reference,
            attribute=self._attribute,
            imported=self._imported,
            zones=self._zones,
            dynamic=self._dynamic,
        )

    def _pseudo(self) -> dict[str, Any]:
        china = self._stack.region.startswith("cn-")
        return {
            "AWS::AccountId": self._stack.account,
            "AWS::NotificationARNs": list(self._stack.notification_arns),
            "AWS::Partition": self._stack.id.split(":")[1],
            "AWS::Region": self._stack.region,
            "AWS::StackId": self._stack.id,
            "AWS::StackName": self._stack.name,
            "AWS::URLSuffix": "amazonaws.com.cn" if china else "amazonaws.com",
        }

    def _found(self, name: str, attribute: str | None = None) -> Resource:
        resource = self._resource(name, attribute)
        if resource is None:
            raise ValidationError(
                f"Template format error: Unresolved resource dependencies [{name}] "
                "in the Resources block of the template"
            )
        return resource

    def _reference(self, name: str) -> str:
        return self._found(name).physical_id

    def _attribute(self, name: str, attribute: str) -> Any:
        resource = self._found(name, attribute)
        if attribute not in resource.attributes:
            raise ValidationError(
                f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
            )
        return resource.attributes[attribute]

    def _imported(self, name: str) -> str:
        exported = self._region.export(name)
        if exported is None:
            raise ValidationError(f"No export named {name} found.")
        self.imports.add(name)
        return exported

    def _zones(self, region: str) -> list[str]:
        zones = self._region.cloud.client("ec2", region).describe_availability_zones()["AvailabilityZones"]
        return [zone["ZoneName"] for zone in zones]

    def _dynamic(self, reference: str) -> str:
        service, _, rest = reference.partition(":")
        if service == "ssm":
            return self._region.ssm(self._stack, rest)
        if service == "secretsmanager":
            return self._secret(rest)
        raise ValidationError(f"Dynamic references of {service} are not supported here: {{{{resolve:{reference}}}}}")

    def _secret(self, reference: str) -> str:
        name, _, rest = reference.partition(":SecretString")
        parts = [part or None for part in rest.lstrip(":").split(":")] + [None] * 3
        key, stage, version = parts[:3]
        wanted = {"VersionStage": stage, "VersionId": version}
        client = self._region.client(self._stack, "secretsmanager")
        secret: str = client.get_secret_value(SecretId=name, **{k: v for k, v in wanted.items() if v})["SecretString"]
        return secret if key is None else str(json.loads(secret)[key])


def wanted_resources(intent: Intent, conditions: dict[str, bool]) -> dict[str, Declared]:
    """Return the resources whose condition holds, with only the chosen branches in their properties."""
    return {
        name: replace(declared, properties=pruned(declared.properties, conditions))
        for name, declared in intent.template.resources.items()
        if declared.condition is None or conditions[declared.condition]
    }
