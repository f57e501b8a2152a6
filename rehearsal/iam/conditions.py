"""The Condition element of a statement."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rehearsal.iam.matching import arn_like, like, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Context = dict[str, list[str]]


def _moment(text: str) -> datetime:
    if text.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _within(value: str, block: str) -> bool:
    network = ipaddress.ip_network(block, strict=False)
    address = ipaddress.ip_address(value)
    return address.version == network.version and address in network


def _numbers(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    return lambda value, wanted: compare(float(value), float(wanted))


def _dates(compare: Callable[[datetime, datetime], bool]) -> Callable[[str, str], bool]:
    return lambda value, wanted: compare(_moment(value), _moment(wanted))


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "stringequals": lambda value, wanted: value == wanted,
    "stringequalsignorecase": lambda value, wanted: value.lower() == wanted.lower(),
    "stringlike": like,
    # AWS lets both take wildcards.
    "arnequals": arn_like,
    "arnlike": arn_like,
    "numericequals": _numbers(lambda value, wanted: value == wanted),
    "numericlessthan": _numbers(lambda value, wanted: value < wanted),
    "numericlessthanequals": _numbers(lambda value, wanted: value <= wanted),
    "numericgreaterthan": _numbers(lambda value, wanted: value > wanted),
    "numericgreaterthanequals": _numbers(lambda value, wanted: value >= wanted),
    "dateequals": _dates(lambda value, wanted: value == wanted),
    "datelessthan": _dates(lambda value, wanted: value < wanted),
    "datelessthanequals": _dates(lambda value, wanted: value <= wanted),
    "dategreaterthan": _dates(lambda value, wanted: value > wanted),
    "dategreaterthanequals": _dates(lambda value, wanted: value >= wanted),
    "bool": lambda value, wanted: value.lower() == wanted.lower(),
    "binaryequals": lambda value, wanted: value == wanted,
    "ipaddress": _within,
}
NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
}


class UnknownOperatorError(ValueError):
    """A policy compares with something that does not exist."""


def hold(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """Say whether all conditions hold; the context's keys are in lower case."""
    return all(
        _holds(operator, context.get(key.lower()), [_text(each) for each in listed(wanted)])
        for operator, tests in conditions.items()
        for key, wanted in tests.items()
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(operator: str, values: list[str] | None, wanted: list[str]) -> bool:
    name = operator.lower()
    if name == "null":
        return wanted[0].lower() == str(not values).lower()
    quantifier, _, name = name.rpartition(":")
    if name.endswith("ifexists"):
        name = name.removesuffix("ifexists")
        if not values:
            return True
    negated = name in NEGATED
    test = OPERATORS.get(NEGATED.get(name, name))
    if test is None or quantifier not in ("", "foranyvalue", "forallvalues"):
        raise UnknownOperatorError(f"There is no condition operator {operator}.")
    found = [_some(test, value, wanted) != negated for value in values or []]
    if quantifier == "forallvalues":
        return all(found)
    if quantifier == "foranyvalue":
        return any(found)
    # Without a value, what must differ does.
    return (all(found) if negated else any(found)) if found else negated


def _some(test: Callable[[str, str], bool], value: str, wanted: list[str]) -> bool:
    try:
        return any(test(value, each) for each in wanted)
    except ValueError:
        # AWS takes a value of another type for one that does not match.
        return False
