"""A template: what it declares, and what is wrong with it before anything runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rehearsal.cloudformation.errors import ValidationError
from rehearsal.cloudformation.reading import read

SECTIONS = frozenset(
    {
        *("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions"),
        *("Transform", "Resources", "Outputs", "Rules"),
    }
)
RESOURCE_KEYS = frozenset(
    {
        *("Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"),
        *("CreationPolicy", "UpdatePolicy"),
    }
)
DELETION_POLICIES = frozenset({"Delete", "Retain", "RetainExceptOnCreate"})
EXTENSIONS = "AWS::LanguageExtensions"
NESTED = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class Declared:
    """A resource as the template declares it."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"

    @classmethod
    def read(cls, logical_id: str, body: Any) -> Declared:
        """Check one member of Resources."""
        if not isinstance(body, Mapping) or not isinstance(body.get("Type"), str):
            raise ValidationError(
                f"Template format error: [/Resources/{logical_id}] Every Resources object must contain a Type member."
            )
        for key in body.keys() - RESOURCE_KEYS:
            raise ValidationError(f"Invalid template resource property '{key}' of [{logical_id}]")
        for key in ("CreationPolicy", "UpdatePolicy"):
            if key in body:
                raise ValidationError(f"Template format error: {key} of resource [{logical_id}] is not supported here")
        after = body.get("DependsOn", [])
        return cls(
            logical_id,
            body["Type"],
            body.get("Properties") or {},
            (after,) if isinstance(after, str) else tuple(after),
            body.get("Condition"),
            body.get("Metadata") or {},
            _policy(logical_id, body, "DeletionPolicy", DELETION_POLICIES),
            _policy(logical_id, body, "UpdateReplacePolicy", DELETION_POLICIES - {"RetainExceptOnCreate"}),
        )


def _policy(logical_id: str, body: Mapping[str, Any], key: str, valid: frozenset[str]) -> str:
    policy = body.get(key, "Delete")
    if not isinstance(policy, str) or policy not in valid:
        raise ValidationError(
            f"Template format error: {key} {policy!r} of resource [{logical_id}] is not supported: "
            f"use one of {', '.join(sorted(valid))}"
        )
    return policy


@dataclass(frozen=True)
class Template:
    """What a stack was given."""

    text: str
    document: Mapping[str, Any]

    @classmethod
    def parse(cls, text: str) -> Template:
        """Read it and check its shape."""
        template = cls(text, read(text))
        for section in template.document.keys() - SECTIONS:
            raise ValidationError(f"Invalid template property or properties [{section}]")
        if not isinstance(template.document.get("Resources"), Mapping) or not template.document["Resources"]:
            raise ValidationError("Template format error: At least one Resources member must be defined.")
        _refuse_unsupported(template)
        _ = template.resources
        return template

    def section(self, name: str) -> Mapping[str, Any]:
        """Return a section, which may be empty."""
        value = self.document.get(name) or {}
        if not isinstance(value, Mapping):
            raise ValidationError(f"Template format error: {name} must be an object")
        return value

    @cached_property
    def resources(self) -> dict[str, Declared]:
        """Return all resources, those of false conditions included."""
        return {name: Declared.read(name, body) for name, body in self.section("Resources").items()}

    @property
    def description(self) -> str | None:
        """Return the description."""
        return self.document.get("Description")

    @property
    def transforms(self) -> list[str]:
        """Return the transforms that it declares."""
        declared = self.document.get("Transform") or []
        return [declared] if isinstance(declared, str) else list(declared)

    @property
    def types(self) -> list[str]:
        """Return the resource types in it."""
        return sorted({declared.type for declared in self.resources.values()})


def _refuse_unsupported(template: Template) -> None:
    for transform in template.transforms:
        if transform != EXTENSIONS:
            raise ValidationError(
                f"Template format error: transform {transform} is not supported here; {EXTENSIONS} is"
            )
    if template.section("Rules"):
        raise ValidationError("Template format error: the Rules section is not supported here")
