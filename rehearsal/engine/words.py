"""Words of a Dockerfile: quotes, escapes, and variables put in their place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rehearsal.engine.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!-]")
MODIFIER = re.compile(r"([A-Za-z_][A-Za-z0-9_]*|[0-9])(:?[-+?])?")


class WordError(BadRequestError):
    """A word that does not end, or a variable that must be there and is not."""


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Return one word as its instruction gets it."""
    return _Reader(text, variables).word()


def split(text: str) -> list[str]:
    """Cut a line at its spaces, but not within quotes; quotes and escapes stay."""
    words: list[str] = []
    word, quote, position = "", "", 0
    while position < len(text):
        char = text[position]
        if char == "\\" and quote != "'" and position + 1 < len(text):
            word += text[position : position + 2]
            position += 2
            continue
        if char.isspace() and not quote:
            words, word = [*words, word] if word else words, ""
        else:
            word += char
            quote = _quote_after(quote, char)
        position += 1
    return [*words, word] if word else words


def pairs(text: str, instruction: str) -> list[tuple[str, str]]:
    """Read `name=value name=value`, or the older `name value`; values keep their quotes."""
    words = split(text)
    if words and "=" not in words[0]:
        name, _, value = text.strip().partition(" ")
        if not value.strip():
            raise BadRequestError(f"failed to parse Dockerfile: {instruction} must have two arguments")
        return [(name, value.strip())]
    for word in words:
        if "=" not in word:
            raise BadRequestError(
                f"failed to parse Dockerfile: Syntax error - can't find = in {word!r}. Must be of the form: name=value"
            )
    return [(name, value) for name, _, value in (word.partition("=") for word in words)]


def _quote_after(quote: str, char: str) -> str:
    if quote:
        return "" if char == quote else quote
    return char if char in "'\"" else ""


class _Reader:
    """Reads one word from the left to the right."""

    def __init__(self, text: str, variables: Mapping[str, str]) -> None:
        self._text = text
        self._variables = variables
        self._position = 0

    def word(self, until: str = "") -> str:
        read: dict[str, Callable[[], str]] = {
            "'": self._single,
            '"': self._double,
            "\\": self._escape,
            "$": self._variable,
        }
        result = ""
        while self._position < len(self._text):
            char = self._text[self._position]
            if char == until:
                return result
            self._position += 1
            result += read[char]() if char in read else char
        if until:
            raise self._unfinished(until)
        return result

    def _single(self) -> str:
        end = self._text.find("'", self._position)
        if end < 0:
            raise self._unfinished("'")
        start, self._position = self._position, end + 1
        return self._text[start:end]

    def _double(self) -> str:
        result = ""
        while self._position < len(self._text):
            char = self._text[self._position]
            self._position += 1
            if char == '"':
                return result
            if char == "\\":
                # Within double quotes a backslash stands for itself, unless what follows would mean something.
                after = self._escape()
                result += after if after in ('"', "$", "\\") else f"\\{after}"
            else:
                result += self._variable() if char == "$" else char
        raise self._unfinished('"')

    def _escape(self) -> str:
        after = self._text[self._position : self._position + 1]
        self._position += 1
        return after

    def _variable(self) -> str:
        if self._text[self._position : self._position + 1] == "{":
            self._position += 1
            return self._in_braces()
        found = NAME.match(self._text, self._position)
        if not found:
            return "$"
        self._position = found.end()
        return self._variables.get(found[0], "")

    def _in_braces(self) -> str:
        found = MODIFIER.match(self._text, self._position)
        if not found:
            raise WordError(f"failed to process {self._text!r}: bad substitution")
        self._position = found.end()
        name, modifier = found[1], found[2] or ""
        if not modifier and self._text[self._position : self._position + 1] != "}":
            raise WordError(f"failed to process {self._text!r}: unsupported modifier in substitution")
        other = self.word(until="}")
        self._position += 1
        return self._choose(name, modifier, other)

    def _choose(self, name: str, modifier: str, other: str) -> str:
        value = self._variables.get(name)
        # With a colon, an empty value counts as none.
        is_set = bool(value) if modifier.startswith(":") else value is not None
        if modifier.endswith("-"):
            return value or "" if is_set else other
        if modifier.endswith("+"):
            return other if is_set else ""
        if modifier.endswith("?") and not is_set:
            raise WordError(f'failed to process "{self._text}": {name}: {other or "not allowed to be unset"}')
        return value or ""

    def _unfinished(self, quote: str) -> WordError:
        return WordError(
            f"failed to process {self._text!r}: unexpected end of statement while looking for matching {quote}"
        )
