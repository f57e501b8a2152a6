"""What is wrong with a file that is not TOML, from what `tomllib` says of it."""

import re

from pipeline.settings.base import dotted
from pipeline.settings.lines import repeated

PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
# What most often stands behind tomllib's words.
ADVICE = {
    "Invalid value": 'text stands in double quotes, as name = "text"; true and false have small letters',
    "Invalid statement": "a line is a [table], or key = value",
    "Expected '='": "a line is a [table], or key = value",
    "Unescaped '\\'": "in double quotes write each backslash twice, or use single quotes",
    "Unclosed array": "a list ends with ]",
    "Expected newline": "each key stands on its own line, and text in double quotes",
    "Illegal character": "text in double quotes ends on its own line, and holds no control characters",
    "Unterminated string": "text ends with the quotes that it begins with",
}


def explained(document: str, name: str, why: ValueError) -> str:
    """Say on which line the file stops being TOML, and how it should go on."""
    words = str(why)
    place = PLACE.search(words)
    if not place:
        # A number of thousands of digits: the interpreter's refusal, which knows no line.
        return f"{name}: this is not TOML: {words}"
    end = _offset(document, place)
    line = document.count("\n", 0, end) + 1
    words = words[: place.start()]
    if words.startswith("Cannot") and (named := repeated(document[:end])):
        key, again, first = named
        return f"{name}:{again}: {dotted(key)}: given twice, first on line {first}; keep one"
    advice = next((f"; {advice}" for start, advice in ADVICE.items() if words.startswith(start)), "")
    return f"{name}:{line}: this is not TOML: {words[0].lower()}{words[1:]}{advice}"


def _offset(document: str, place: re.Match[str]) -> int:
    if not place["line"]:
        return len(document.rstrip())
    start = 0
    for _ in range(int(place["line"]) - 1):
        start = document.index("\n", start) + 1
    return start + int(place["column"]) - 1
