"""What an alarm says of the last periods, by AWS's rules for those without numbers."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rehearsal.metrics.series import Series

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
OPERATORS = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
# Periods before the evaluated ones in which numbers are sought, too.
FURTHER = 2


@dataclass(frozen=True)
class Terms:
    """When an alarm goes off."""

    comparison: str
    threshold: float
    periods: int
    needed: int
    missing: str = "missing"

    @property
    def looked_at(self) -> int:
        """How many periods are looked at."""
        return self.periods + FURTHER


@dataclass(frozen=True)
class Verdict:
    """What an alarm says, and why."""

    state: State
    reason: str


def judge(terms: Terms, series: Series, before: State) -> Verdict:
    """Judge the newest periods."""
    real = [series[when] for when in sorted(series)][-terms.periods :]
    exceeds, words = OPERATORS[terms.comparison]
    breaching = sum(exceeds(value, terms.threshold) for value in real)
    state = _state(terms, before, len(real), breaching)
    return Verdict(state, _reason(terms, state, real, breaching, words))


def _state(terms: Terms, before: State, real: int, breaching: int) -> State:
    absent = terms.periods - real
    if terms.missing == "breaching":
        return "ALARM" if breaching + absent >= terms.needed else "OK"
    if terms.missing == "notBreaching" or breaching >= terms.needed or breaching < real:
        return "ALARM" if breaching >= terms.needed else "OK"
    # Nothing is known that speaks against an alarm.
    if terms.missing == "ignore":
        return before
    return "ALARM" if real else "INSUFFICIENT_DATA"


def _reason(terms: Terms, state: State, real: list[float], breaching: int, words: str) -> str:
    if not real:
        return _without_numbers(terms, state)
    fine = len(real) - breaching
    shown, what = (breaching, ("was", "were")) if state == "ALARM" else (fine, ("was not", "were not"))
    listed = ", ".join(str(value) for value in reversed(real))
    plural = "datapoint" if terms.needed == 1 else "datapoints"
    way = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
    return (
        f"Threshold Crossed: {shown} out of the last {terms.periods} datapoints [{listed}] {what[shown != 1]} {words} "
        f"the threshold ({terms.threshold}) (minimum {terms.needed} {plural} for {way} transition)."
    )


def _without_numbers(terms: Terms, state: State) -> str:
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {terms.periods} datapoints were unknown."
    kind = {"breaching": "Breaching", "notBreaching": "NonBreaching"}.get(terms.missing, "Ignored")
    return (
        f"Threshold Crossed: no datapoints were received for {terms.periods} periods and {terms.periods} missing "
        f"datapoints were treated as [{kind}]."
    )
