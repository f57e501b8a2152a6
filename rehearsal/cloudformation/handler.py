"""The interface between the engine and the resource types, in one place to import from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from rehearsal.cloudformation.call import REPLACE, Call, CancelledError, Made, RefusedError, Replacement, ResourceError
from rehearsal.cloudformation.described import Described, Finding, Name, Step, Tagging
from rehearsal.cloudformation.shaping import shaped

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "REPLACE",
    "Call",
    "CancelledError",
    "Described",
    "Finding",
    "Handler",
    "Made",
    "Name",
    "RefusedError",
    "Replacement",
    "ResourceError",
    "Step",
    "Tagging",
    "shaped",
]


class Handler(Protocol):
    """One resource type.

    Properties arrive resolved. The engine has already refused names that are not in `properties`. Any botocore
    ClientError or ResourceError that a method raises fails the resource with that reason. `replacing` names the
    properties whose change makes a new resource; `tagged` says that the stack's tags reach the resource.
    """

    @property
    def type(self) -> str:
        """Return the name, as in AWS::SNS::Topic."""

    @property
    def properties(self) -> frozenset[str]:
        """Return the names of all properties that are understood."""

    @property
    def replacing(self) -> frozenset[str]:
        """Return those whose change needs a new resource."""

    @property
    def tagged(self) -> bool:
        """Tell whether a change of the stack's tags concerns it."""

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Make it and wait until it is settled."""

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Send what changed between old and new, and nothing else; or ask for a replacement, having done nothing."""

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Remove it and wait until it is gone; one that is gone already is fine."""
