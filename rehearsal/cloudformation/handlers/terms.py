"""Short words for the tables of resource types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from rehearsal.cloudformation.handler import Call, Described, Made, Replacement, Step, shaped
from rehearsal.cloudformation.shaping import same

# Brings one property from its old to its new value: call, physical id, old and new properties.
Part = Callable[[Call, str, Mapping[str, Any], Mapping[str, Any]], None]
Turn = Callable[[dict[str, Any]], dict[str, Any]]


def names(text: str) -> frozenset[str]:
    """Return the words as a set."""
    return frozenset(text.split())


def step(
    operation: str,
    takes: str = "",
    *,
    where: Mapping[str, str] | None = None,
    along: str = "",
    renamed: Mapping[str, str] | None = None,
    turned: Turn | None = None,
) -> Step:
    """Return one API call."""
    return Step(
        operation, takes=names(takes), where=where or {}, along=names(along), renamed=renamed or {}, turned=turned
    )


def send(call: Call, service: str, operation: str, members: Mapping[str, Any]) -> dict[str, Any]:
    """Call an operation with members as a template writes them."""
    client = call.client(service)
    response: dict[str, Any] = getattr(client, xform_name(operation))(**shaped(client, operation, members))
    return response


@dataclass(frozen=True, kw_only=True)
class Composed(Described):
    """A type some of whose properties are set by calls of their own."""

    parts: Mapping[str, Part] = field(default_factory=dict)
    # Parts that must be taken away before the resource itself can go.
    emptied: frozenset[str] = frozenset()
    # Attributes that are pieces of the physical id.
    derived: Mapping[str, Callable[[str], Any]] = field(default_factory=dict)

    @property
    def properties(self) -> frozenset[str]:
        """Return every property that is understood."""
        return super().properties | self.parts.keys()

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Make it, then its parts."""
        made = super().create(call, properties)
        for name, part in self.parts.items():
            if name in properties:
                part(call, made.physical_id, {}, properties)
        pieces = {name: piece(made.physical_id) for name, piece in self.derived.items()}
        return Made(made.physical_id, {**made.attributes, **pieces})

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Change it, then the parts that differ."""
        made = super().update(call, physical_id, attributes, old, new)
        if isinstance(made, Made):
            for name, part in self.parts.items():
                if not same(old.get(name), new.get(name)):
                    part(call, physical_id, old, new)
        return made

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Empty it and remove it."""
        for name, part in self.parts.items():
            if name in self.emptied and name in properties:
                self._emptied(part, call, physical_id, properties)
        super().delete(call, physical_id, properties)

    def _emptied(self, part: Part, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        try:
            part(call, physical_id, properties, {})
        except ClientError as error:
            if error.response["Error"]["Code"] not in self.gone:
                raise

    def _refuse_immovable(self, changed: set[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        super()._refuse_immovable(changed - self.parts.keys(), old, new)


@dataclass(frozen=True)
class Setting:
    """A part that one call sets as a whole and another takes away."""

    service: str
    property: str
    put: str
    # The member of both calls that takes the physical id.
    identity: str
    # The member that takes the value; empty: the value's own members are sent.
    member: str = ""
    # The call that takes the setting away; without one, the default is put.
    remove: str = ""
    default: Any = None
    turned: Callable[[Any], Any] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, call: Call, physical_id: str, _old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Bring the setting to its new value."""
        target = {self.identity: physical_id}
        if self.property not in new and self.remove:
            send(call, self.service, self.remove, target)
            return
        value = new.get(self.property, self.default)
        value = self.turned(value) if self.turned else value
        send(call, self.service, self.put, {**target, **self.extra, **({self.member: value} if self.member else value)})


def settings(*parts: Setting) -> dict[str, Part]:
    """Return settings by the property they set."""
    return {part.property: part for part in parts}


def moved(old: Any, new: Any) -> tuple[list[Any], list[Any]]:
    """Return what only the old list has, and what only the new one has."""
    before, after = old or [], new or []
    gone = [item for item in before if not any(same(item, other) for other in after)]
    return gone, [item for item in after if not any(same(item, other) for other in before)]
