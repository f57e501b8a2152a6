"""The operators that a pattern may use instead of a plain value."""

from __future__ import annotations

import ipaddress
import operator
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ORDER = {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt}


def same(value: Any, wanted: Any) -> bool:
    """Compare as JSON does: true is not 1, and 1 is 1.0."""
    if isinstance(value, bool) or isinstance(wanted, bool):
        return value is wanted
    return bool(value == wanted)


def _each(operand: Any) -> list[Any]:
    return operand if isinstance(operand, list) else [operand]


def _affix(test: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def compare(value: Any, operand: Any) -> bool:
        if not isinstance(value, str):
            return False
        if isinstance(operand, dict):
            return any(test(value.lower(), one.lower()) for one in _each(operand["equals-ignore-case"]))
        return any(test(value, one) for one in _each(operand))

    return compare


def _ignoring_case(value: Any, operand: Any) -> bool:
    return isinstance(value, str) and value.lower() in [one.lower() for one in _each(operand)]


def _numeric(value: Any, operand: list[Any]) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return all(ORDER[sign](value, bound) for sign, bound in zip(operand[::2], operand[1::2], strict=True))


def _cidr(value: Any, operand: Any) -> bool:
    try:
        address = ipaddress.ip_address(value)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(one, strict=False) for one in _each(operand))


def _wildcard(value: Any, operand: Any) -> bool:
    return isinstance(value, str) and any(wildcard(value, one) for one in _each(operand))


def wildcard(value: str, pattern: str) -> bool:
    r"""Say whether the pattern, in which `*` is anything and `\*` a star, is all of the value."""
    # Each part is taken where it is found first: a regular expression would try every place, and take ages.
    first, *others = _parts(pattern)
    if not others:
        return value == first
    *middle, last = others
    if not value.startswith(first):
        return False
    position = len(first)
    for part in middle:
        position = value.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return value.endswith(last) and len(value) - len(last) >= position


@lru_cache(512)
def _parts(pattern: str) -> list[str]:
    parts = [""]
    for symbol in re.findall(r"\\[*\\]|[\s\S]", pattern):
        if symbol == "*":
            parts.append("")
        else:
            parts[-1] += symbol[-1]
    return parts


def _anything_but(value: Any, operand: Any) -> bool:
    if isinstance(operand, dict):
        ((name, inner),) = operand.items()
        return not COMPARISONS[name](value, inner)
    return not any(same(value, one) for one in _each(operand))


COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "prefix": _affix(str.startswith),
    "suffix": _affix(str.endswith),
    "equals-ignore-case": _ignoring_case,
    "numeric": _numeric,
    "cidr": _cidr,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
}
