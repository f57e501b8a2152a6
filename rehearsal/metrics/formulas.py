"""Metric math, as far as alarms commonly go: arithmetic, comparisons, AND and OR, IF, FILL and a few functions.

A value is a number or a series. Where one of several series has nothing at a time, neither has the result; only FILL
knows of times at which its series has nothing.
"""

from __future__ import annotations

import math
import operator
import re
from typing import TYPE_CHECKING

from moto.cloudwatch.exceptions import ValidationError

from rehearsal.metrics.series import Series

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Value = float | Series
TOKEN = re.compile(r"\s*(?:(\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+)|([A-Za-z]\w*)|(<=|>=|==|!=|&&|\|\||[-+*/^()<>,\[\]]))")
WORDS = {"AND": "&&", "OR": "||"}
# The weakest first; those of one line are of equal strength.
STRENGTHS: tuple[dict[str, Callable[[float, float], float]], ...] = (
    {"||": lambda a, b: float(bool(a) or bool(b))},
    {"&&": lambda a, b: float(bool(a) and bool(b))},
    {
        "<": operator.lt,
        ">": operator.gt,
        "<=": operator.le,
        ">=": operator.ge,
        "==": operator.eq,
        "!=": operator.ne,
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": lambda a, b: a / b if b else math.nan},
    {"^": operator.pow},
)
TOGETHER: dict[str, Callable[[Sequence[float]], float]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
}
SINGLE: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}


def names(formula: str) -> set[str]:
    """Return the ids that a formula uses; raises if it is none."""
    used: set[str] = set()
    _Reader(formula, {}, (), used).whole()
    return used


def compute(formula: str, known: Mapping[str, Value], times: Sequence[int]) -> Series:
    """Return a formula's values at these times, as far as there are any."""
    value = _Reader(formula, known, times, set()).whole()
    series = value if isinstance(value, dict) else dict.fromkeys(times, float(value))
    return {when: number for when, number in sorted(series.items()) if math.isfinite(number)}


class _Reader:
    """Reads a formula from left to right and computes on the way."""

    def __init__(self, formula: str, known: Mapping[str, Value], times: Sequence[int], used: set[str]) -> None:
        self._formula, self._known, self._times, self._used = formula, known, times, used
        self._tokens = _tokens(formula)
        self._at = 0

    def whole(self) -> Value:
        value = self._value()
        if self._next:
            raise self._wrong(f"'{self._next}' is not expected")
        return value

    @property
    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._next
        if not token or (wanted and token != wanted):
            raise self._wrong(f"'{wanted or 'a value'}' is missing")
        self._at += 1
        return token

    def _wrong(self, why: str) -> ValidationError:
        return ValidationError(f"Error in expression '{self._formula}': {why}.")

    def _value(self, strength: int = 0) -> Value:
        if strength == len(STRENGTHS):
            return self._term()
        value = self._value(strength + 1)
        while self._next in STRENGTHS[strength]:
            act = STRENGTHS[strength][self._take()]
            value = _each(act, value, self._value(strength + 1))
        return value

    def _term(self) -> Value:
        sign = self._take()
        if sign == "-":
            return _each(operator.neg, self._term())
        if sign == "(":
            value = self._value()
            self._take(")")
            return value
        if sign[0] in "0123456789.":
            return float(sign)
        if self._next == "(":
            return self._call(sign)
        if not sign[0].isalpha():
            raise self._wrong(f"'{sign}' is not expected")
        self._used.add(sign)
        return self._known.get(sign, {})

    def _call(self, function: str) -> Value:
        given = self._arguments()
        if function == "IF" and len(given) == 3:
            return _choice(*given)
        if function == "FILL" and len(given) == 2:
            return self._fill(*given)
        if function in TOGETHER and given:
            return _together(TOGETHER[function], given)
        if function in SINGLE and len(given) == 1:
            return _each(SINGLE[function], given[0])
        raise self._wrong(f"the function {function} with {len(given)} arguments is not supported by the rehearsal")

    def _arguments(self) -> list[Value]:
        self._take("(")
        listed = self._next == "["
        if listed:
            self._take("[")
        given = [self._value()]
        while self._next == ",":
            self._take(",")
            given.append(self._value())
        if listed:
            self._take("]")
        self._take(")")
        return given

    def _fill(self, series: Value, number: Value) -> Value:
        if not isinstance(series, dict) or isinstance(number, dict):
            raise self._wrong("FILL takes a metric and a number here")
        return {when: series.get(when, number) for when in {*self._times, *series}}


def _tokens(formula: str) -> list[str]:
    found, at = [], 0
    text = formula.rstrip()
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise ValidationError(f"Error in expression '{formula}': '{text[at:].strip()[:1]}' is not expected.")
        word = token[0].strip()
        found.append(WORDS.get(word, word))
        at = token.end()
    return found


def _each(act: Callable[..., float], *values: Value) -> Value:
    """Do it at each time at which all have something."""
    several = [value for value in values if isinstance(value, dict)]
    if not several:
        return float(act(*values))
    times = set(several[0]).intersection(*several[1:])
    return {when: float(act(*(_at(value, when) for value in values))) for when in times}


def _at(value: Value, when: int) -> float:
    return value[when] if isinstance(value, dict) else value


def _choice(condition: Value, yes: Value, no: Value) -> Value:
    if not isinstance(condition, dict):
        return yes if condition else no
    chosen = {when: yes if true else no for when, true in condition.items()}
    return {when: _at(value, when) for when, value in chosen.items() if not isinstance(value, dict) or when in value}


def _together(act: Callable[[Sequence[float]], float], given: list[Value]) -> Value:
    if len(given) > 1:
        return _each(lambda *values: act(values), *given)
    (only,) = given
    if not isinstance(only, dict):
        return only
    return act(list(only.values())) if only else {}
