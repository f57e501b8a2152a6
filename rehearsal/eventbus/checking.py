"""Refusing patterns that EventBridge would refuse."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

from moto.events.exceptions import InvalidEventPatternException

from rehearsal.eventbus.comparisons import COMPARISONS, ORDER

TEXT_OPERATORS = ("prefix", "suffix", "equals-ignore-case", "wildcard")


def checked(text: str) -> dict[str, Any]:
    """Return the pattern, or raise what is wrong with it."""
    try:
        pattern = json.loads(text)
    except ValueError:
        raise InvalidEventPatternException(reason="Invalid JSON") from None
    if not isinstance(pattern, dict):
        raise InvalidEventPatternException(reason="Filter is not an object")
    _check_object(pattern)
    return pattern


def _refuse(reason: str) -> None:
    raise InvalidEventPatternException(reason=reason)


def _check_object(pattern: dict[str, Any]) -> None:
    if not pattern:
        _refuse("Empty objects are not allowed")
    for name, wanted in pattern.items():
        if isinstance(wanted, dict):
            _check_object(wanted)
        elif not isinstance(wanted, list):
            _refuse(f'"{name}" must be an object or an array')
        elif not wanted:
            _refuse("Empty arrays are not allowed")
        else:
            _check_list(name, wanted)


def _check_list(name: str, wanted: list[Any]) -> None:
    for one in wanted:
        if name == "$or":
            if not isinstance(one, dict):
                _refuse("$or takes an array of objects")
            _check_object(one)
        elif isinstance(one, dict):
            _check_operator(one)
        elif isinstance(one, list):
            _refuse(f'"{name}": a match value must be String, number, true, false, or null')


def _check_operator(match: dict[str, Any]) -> None:
    if len(match) != 1:
        _refuse("Only one key allowed in match expression")
    ((operator, operand),) = match.items()
    if operator == "exists":
        if not isinstance(operand, bool):
            _refuse("exists match pattern must be either true or false.")
    elif operator not in COMPARISONS:
        _refuse(f"Unrecognized match type {operator}")
    else:
        _check_operand(operator, operand)


def _check_operand(operator: str, operand: Any) -> None:
    if operator == "numeric":
        _check_numeric(operand)
    elif operator == "cidr":
        _check_cidr(operand)
    elif operator == "anything-but":
        _check_anything_but(operand)
    else:
        _check_text(operator, operand)


def _check_numeric(operand: Any) -> None:
    valid = isinstance(operand, list) and operand and len(operand) % 2 == 0
    if not valid:
        _refuse("Value of numeric must be an array of operators and numbers.")
    for sign, bound in zip(operand[::2], operand[1::2], strict=True):
        if sign not in ORDER:
            _refuse(f"Unrecognized numeric range operator: {sign}")
        if isinstance(bound, bool) or not isinstance(bound, (int, float)):
            _refuse("Value of numeric must be numeric.")


def _check_cidr(operand: Any) -> None:
    for one in operand if isinstance(operand, list) else [operand]:
        try:
            ipaddress.ip_network(one, strict=False)
        except ValueError:
            _refuse("Malformed CIDR, one '/' required")


def _check_anything_but(operand: Any) -> None:
    if isinstance(operand, dict):
        if len(operand) != 1 or next(iter(operand)) not in TEXT_OPERATORS:
            _refuse(f"Unsupported anything-but pattern: {json.dumps(operand)}")
        ((operator, inner),) = operand.items()
        _check_text(operator, inner)
    elif operand is None or operand == [] or isinstance(operand, bool):
        _refuse("Value of anything-but must be an array or single string/number value.")


def _check_text(operator: str, operand: Any) -> None:
    if isinstance(operand, dict) and operator in ("prefix", "suffix"):
        if list(operand) != ["equals-ignore-case"]:
            _refuse(f"Unsupported {operator} pattern: {json.dumps(operand)}")
        operand = operand["equals-ignore-case"]
    values = operand if isinstance(operand, list) else [operand]
    if not values or not all(isinstance(one, str) for one in values):
        _refuse(f"{operator} match pattern must be a string")
    if operator == "wildcard" and any("**" in one for one in values):
        _refuse("Consecutive wildcard characters are not allowed")
