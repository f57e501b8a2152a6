"""The flip action's UserParameters, validated."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from traffic.errors import FlipsideError
from traffic.gate import Gate
from traffic.sides import Release
from traffic.view import Junction

ARN = r"arn:[\w-]+:elasticloadbalancing:[\w-]+:\d{12}:"
LONGEST_WATCH = 3600
MOST_TARGETS = 1000


class ParametersError(FlipsideError):
    """The action's configuration is wrong; trying again without changing it is of no use."""


class FlipParameters(NamedTuple):
    """What is to be live, where traffic is moved, and how the result is watched."""

    wanted: Release
    junction: Junction
    gate: Gate
    execution: str
    watch: int
    alarms: tuple[str, ...]


def _text(pattern: str, what: str) -> Callable[[str, Any], str]:
    def check(key: str, value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ParametersError(f"UserParameters: {key} must be {what}, but is {_quote(value)}.")
        return value

    return check


def _whole(lowest: int, highest: int) -> Callable[[str, Any], int]:
    def check(key: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            raise ParametersError(
                f"UserParameters: {key} must be a whole number from {lowest} to {highest}, but is {_quote(value)}."
            )
        return value

    return check


def _names(key: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise ParametersError(f"UserParameters: {key} must be a list of names, but is {_quote(value)}.")
    return tuple(value)


def _quote(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 200 else f"{text[:200]} ..."


RULE = _text(ARN + r"listener-rule/[\w./-]+", "the ARN of a listener rule")
TARGET_GROUP = _text(ARN + r"targetgroup/[\w./-]+", "the ARN of a target group")
REQUIRED: dict[str, Callable[[str, Any], Any]] = {
    "image": _text(r"\w[\w.-]{0,127}", "an image tag"),
    "production_rule": RULE,
    "test_rule": RULE,
    "code1_target_group": TARGET_GROUP,
    "code2_target_group": TARGET_GROUP,
}
OPTIONAL: dict[str, Callable[[str, Any], Any]] = {
    "package": _text(r"[0-9a-f]{16,64}", "a content hash of 16 to 64 hexadecimal digits"),
    "execution": _text(r"[\w-]{1,100}", "a pipeline execution's id"),
    "healthy": _whole(1, MOST_TARGETS),
    "watch": _whole(0, LONGEST_WATCH),
    "alarms": _names,
}


def parse(user_parameters: str | None) -> FlipParameters:
    """Reads UserParameters; a mistake is named by its key, with what would be valid."""
    given = _object(user_parameters)
    valid = f"Needed: {', '.join(REQUIRED)}. Optional: {', '.join(OPTIONAL)}."
    if unknown := [key for key in given if key not in REQUIRED and key not in OPTIONAL]:
        raise ParametersError(f"UserParameters: unknown {', '.join(map(_quote, unknown))}. {valid}")
    if missing := [key for key in REQUIRED if key not in given]:
        raise ParametersError(f"UserParameters: {', '.join(missing)} missing. {valid}")
    # A release of nothing but an image has no package, and a variable without a value is an empty text.
    told = {key: value for key, value in given.items() if (key, value) != ("package", "")}
    checked = {key: (REQUIRED | OPTIONAL)[key](key, value) for key, value in told.items()}
    return FlipParameters(
        wanted=Release(checked["image"], checked.get("package")),
        junction=Junction(*(checked[key] for key in Junction._fields)),
        gate=Gate(healthy=checked.get("healthy", 1)),
        execution=checked.get("execution", ""),
        watch=checked.get("watch", 0),
        alarms=checked.get("alarms", ()),
    )


def _object(user_parameters: str | None) -> dict[str, Any]:
    if not user_parameters:
        raise ParametersError("The flip action has no UserParameters; it needs them as a JSON object.")
    try:
        given = json.loads(user_parameters)
    except ValueError as error:
        raise ParametersError(f"UserParameters is not JSON: {error}.") from error
    if not isinstance(given, dict):
        raise ParametersError(f"UserParameters must be a JSON object, but is {_quote(given)}.")
    return given
