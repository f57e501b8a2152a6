"""Whether an event matches a rule's pattern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.eventbus.comparisons import COMPARISONS, same

if TYPE_CHECKING:
    from collections.abc import Mapping

MISSING = object()


def matches(pattern: Mapping[str, Any], node: Any) -> bool:
    """Say whether the pattern's every field holds for this object, or for one object of this list."""
    if isinstance(node, list):
        # All conditions below a field must hold for the same element.
        return any(matches(pattern, element) for element in node)
    fields = node if isinstance(node, dict) else {}
    return all(_holds(name, wanted, node, fields) for name, wanted in pattern.items())


def _holds(name: str, wanted: Any, node: Any, fields: dict[str, Any]) -> bool:
    if name == "$or" and isinstance(wanted, list):
        return any(matches(alternative, node) for alternative in wanted)
    value = fields.get(name, MISSING)
    if isinstance(wanted, dict):
        return matches(wanted, value)
    return any(_accepts(one, value) for one in wanted)


def _accepts(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, dict):
        return _any(lambda one: same(one, wanted), value)
    ((operator, operand),) = wanted.items()
    if operator == "exists":
        # Only what is not itself an object can exist or be absent.
        return (value is not MISSING and not isinstance(value, dict)) is operand
    return _any(lambda one: COMPARISONS[operator](one, operand), value)


def _any(accepts: Any, value: Any) -> bool:
    if value is MISSING or isinstance(value, dict):
        return False
    if isinstance(value, list):
        return any(_any(accepts, element) for element in value)
    return bool(accepts(value))
