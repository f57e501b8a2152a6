"""Composite alarms: rules about what other alarms say."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moto.cloudwatch.exceptions import ValidationError

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = re.compile(
    r'\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|([^()"\s]+))\s*\)|(AND|OR|NOT|TRUE|FALSE)\b|([()]))'
)


@dataclass
class Rule:
    """A rule, evaluated as it is read: NOT binds closer than AND, and AND closer than OR."""

    text: str
    # What each alarm says, by name.
    states: Mapping[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    _left: list[tuple[str, str]] = field(default_factory=list)

    def holds(self) -> bool:
        """Tell whether it is true; refuse one that is malformed."""
        self._left = self._tokens()
        verdict = self._any()
        if self._left:
            raise self._malformed()
        return verdict

    def _tokens(self) -> list[tuple[str, str]]:
        found, position, text = [], 0, self.text.strip()
        while position < len(text):
            match = TOKEN.match(text, position)
            if match is None:
                raise self._malformed()
            state, quoted, plain, word, bracket = match.groups()
            name = (quoted or plain or "").rpartition(":alarm:")[2]
            found.append((state or word or bracket, name))
            position = match.end()
        self.names = [name for _, name in found if name]
        return found

    def _any(self) -> bool:
        verdict = self._all()
        while self._next("OR"):
            # Read what follows even when it cannot change the outcome.
            verdict = self._all() or verdict
        return verdict

    def _all(self) -> bool:
        verdict = self._one()
        while self._next("AND"):
            verdict = self._one() and verdict
        return verdict

    def _one(self) -> bool:
        if self._next("NOT"):
            return not self._one()
        if self._next("("):
            verdict = self._any()
            if not self._next(")"):
                raise self._malformed()
            return verdict
        if not self._left:
            raise self._malformed()
        word, name = self._left.pop(0)
        if name:
            return self.states.get(name) == word
        if word not in ("TRUE", "FALSE"):
            raise self._malformed()
        return word == "TRUE"

    def _next(self, word: str) -> bool:
        there = bool(self._left) and self._left[0] == (word, "")
        if there:
            del self._left[0]
        return there

    def _malformed(self) -> ValidationError:
        return ValidationError(f"AlarmRule must be a valid rule expression: {self.text}")


def check(name: str, text: str, existing: Mapping[str, str | None]) -> None:
    """Refuse a rule that is malformed, about alarms that are not there, or about itself."""
    rule = Rule(text)
    rule.holds()
    if lost := sorted(set(rule.names) - existing.keys()):
        raise ValidationError(
            f"Could not save the composite alarm as alarms [{', '.join(lost)}] in the alarm rule do not exist"
        )
    if name in _reached(rule.names, existing):
        raise ValidationError(f"Could not save the composite alarm as its rule would depend on {name} itself")


def dependents(doomed: set[str], existing: Mapping[str, str | None]) -> list[str]:
    """Return the composite alarms that are about alarms which shall go, and stay themselves."""
    return [name for name, text in existing.items() if text and name not in doomed and doomed & set(_names(text))]


def _names(text: str) -> list[str]:
    rule = Rule(text)
    rule.holds()
    return rule.names


def _reached(names: list[str], existing: Mapping[str, str | None]) -> set[str]:
    found: set[str] = set()
    open_ = list(names)
    while open_:
        name = open_.pop()
        if name not in found:
            found.add(name)
            open_ += _names(existing.get(name) or "FALSE")
    return found
