"""On which line each key of a TOML document stands, which the standard library's reader does not tell.

Only for documents, or beginnings of documents, that `tomllib` has found to be well formed.
"""

import re
import tomllib

from pipeline.settings.base import Path

GAP = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
PART = re.compile(_PART)
KEY = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
OPENING = re.compile(r"\[\[?[ \t]*")
CLOSING = re.compile(r"[ \t]*\]{0,2}")
EQUALS = re.compile(r"[ \t]*=[ \t]*")
VALUE = re.compile(
    # Up to two quotes may stand directly before the three that end a text.
    r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})'
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    # A number, a date, true or false.
    r"|[^\[\]{},#\n]*",
    re.DOTALL,
)


def lines(document: str) -> dict[Path, int]:
    """Return the line on which each key, table and item of a list is first named."""
    return _Scan(document).found


def repeated(document: str) -> tuple[Path, int, int] | None:
    """Return the key of the last statement with its line and that of its first mention, if it was named before."""
    return _Scan(document).last


class _Scan:
    """One walk through a document."""

    def __init__(self, document: str) -> None:
        self.text = document
        self.at = 0
        self.found: dict[Path, int] = {}
        self.last: tuple[Path, int, int] | None = None
        self._counted = (0, 1)
        self._lengths: dict[Path, int] = {}
        self._headed: set[Path] = set()
        table: Path = ()
        while self._next():
            if self._next() == "[":
                table = self._header()
            else:
                self._statement(table)

    def _pass(self, token: re.Pattern[str]) -> str:
        match = token.match(self.text, self.at)
        words = match.group() if match else ""
        self.at += len(words)
        return words

    def _next(self) -> str:
        """Pass blanks, line ends and comments, and look at what follows; nothing follows the end."""
        self._pass(GAP)
        return self.text[self.at : self.at + 1]

    def _line(self) -> int:
        place, line = self._counted
        line += self.text.count("\n", place, self.at)
        self._counted = (self.at, line)
        return line

    def _name(self, path: Path) -> None:
        line = self._line()
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], line)

    def _key(self) -> Path:
        parts = PART.findall(self._pass(KEY))
        return tuple(_unquoted(part) if part[0] in "\"'" else part for part in parts)

    def _header(self) -> Path:
        opening = self._pass(OPENING)
        path = self._current(self._key(), several=opening.startswith("[["))
        line = self._line()
        self.last = (path, line, self.found[path]) if path in self.found else None
        if path not in self._headed:
            # A table may be named by one beneath it before it has its own header.
            self.found[path] = line
            self._headed.add(path)
        self._name(path)
        self._pass(CLOSING)
        return path

    def _current(self, key: Path, *, several: bool) -> Path:
        """Lead a header's key through the latest item of each list of tables on the way."""
        path: Path = ()
        for place, part in enumerate(key, start=1):
            path = (*path, part)
            if several and place == len(key):
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
        return path

    def _statement(self, table: Path) -> None:
        start = self.at
        path = (*table, *self._key())
        self.last = (path, self._line(), self.found[path]) if path in self.found else None
        self.at = start
        self._pair(table)

    def _pair(self, table: Path) -> None:
        path = (*table, *self._key())
        self._name(path)
        self._pass(EQUALS)
        self._value(path)

    def _value(self, path: Path) -> None:
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self._list(path)
        elif opening == "{":
            self._inline_table(path)
        else:
            self._pass(VALUE)

    def _list(self, path: Path) -> None:
        self.at += 1
        place = 0
        while self._next() not in ("]", ""):
            self._name((*path, place))
            self._value((*path, place))
            self._comma()
            place += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._next() not in ("}", ""):
            self._pair(path)
            self._comma()
        self.at += 1

    def _comma(self) -> None:
        if self._next() == ",":
            self.at += 1


def _unquoted(part: str) -> str:
    text: str = tomllib.loads(f"text = {part}")["text"]
    return text
