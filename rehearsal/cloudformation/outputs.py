"""The outputs of a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.errors import ValidationError
from rehearsal.cloudformation.shaping import text
from rehearsal.cloudformation.stack import Intent, Output

if TYPE_CHECKING:
    from rehearsal.cloudformation.scoping import Scoping


def outputs(intent: Intent, scoping: Scoping) -> list[Output]:
    """Return those whose condition holds."""
    found = []
    value = scoping.resolver.value
    for key, body in intent.template.section("Outputs").items():
        if scoping.conditions.get(body.get("Condition"), True):
            export = text(value(body["Export"]["Name"])) if "Export" in body else None
            found.append(Output(key, _text(key, value(body["Value"])), body.get("Description"), export))
    return found


def _text(key: str, value: Any) -> str:
    if isinstance(value, list | dict):
        raise ValidationError(f"Template format error: Output {key} is malformed: its value must be a string")
    return text(value)
