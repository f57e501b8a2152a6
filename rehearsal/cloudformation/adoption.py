"""Resources that exist already under the name that a template gives, and that a stack may take up."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from rehearsal.cloudformation.resolver import DYNAMIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rehearsal.cloudformation.call import Call, Made
    from rehearsal.cloudformation.handler import Handler
    from rehearsal.cloudformation.region import Region
    from rehearsal.cloudformation.stack import Resource
    from rehearsal.cloudformation.template import Declared

KEEPING = frozenset({"Retain", "RetainExceptOnCreate"})
STARTED = "Resource import started."
FINISHED = "Resource import completed."
TAGGING = "Apply stack-level tags to imported resource if applicable."


class Adoption(Enum):
    """How far an operation takes up what exists already."""

    NONE = "none"
    HERE = "here"
    NESTED = "nested stacks too"

    @classmethod
    def asked(cls, *, here: bool, nested: bool) -> Adoption:
        """Return what a change set asks for."""
        if not here:
            return cls.NONE
        return cls.NESTED if nested else cls.HERE

    @property
    def below(self) -> Adoption:
        """Return what holds for a nested stack."""
        return self if self is Adoption.NESTED else Adoption.NONE


@runtime_checkable
class Adoptable(Protocol):
    """A resource type that can be found by its custom name."""

    @property
    def naming(self) -> str | None:
        """Return the property that identifies it, if a template can give that."""

    def find(self, call: Call, properties: Mapping[str, Any]) -> Made | None:
        """Return the one that has the name, if there is one."""


def existing(region: Region, handler: Handler, call: Call, declared: Declared, resource: Resource) -> Made | None:
    """Return what a resource would collide with, unless a stack owns it; its name must be a literal in the template."""
    if not isinstance(handler, Adoptable) or handler.naming is None:
        return None
    written = declared.properties.get(handler.naming)
    if not isinstance(written, str) or DYNAMIC.search(written):
        return None
    found = handler.find(call, resource.properties)
    return None if found is None or region.owner(declared.type, found.physical_id) else found


def take_up(handler: Handler, call: Call, found: Made, properties: Mapping[str, Any]) -> Made:
    """Put the stack's tags on what was found; everything else stays as it is, whatever the template says."""
    handler.update(call, found.physical_id, found.attributes, properties, properties)
    return found


def refusal(losable: Iterable[tuple[str, str]]) -> str:
    """Say that some would be deleted with their stack: logical id and name of each."""
    told = ", ".join(f"{logical_id} ({name})" for logical_id, name in losable)
    return (
        "CloudFormation is attempting to import some resources because they already exist in your account. The "
        "resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template "
        f"for successful import. The affected resources are {told}"
    )
