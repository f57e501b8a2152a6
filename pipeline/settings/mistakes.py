"""What is wrong with single keys, in the product's own words in place of the validator's."""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import Literal, get_args, get_origin

from pydantic_core import ErrorDetails

from pipeline.settings.base import Mistake, Path, Table, dotted
from pipeline.settings.kinds import Kind, every_key, is_table, kind_at, valid
from pipeline.settings.nearest import nearest
from pipeline.settings.words import as_toml, not_valid, shown, type_name

# Whose values are never repeated, since they may be secrets that stand in the wrong place.
PRIVATE = (("container", "environment"), ("container", "secrets"), ("container", "command"))
LITERAL = re.compile(r"[0-9]+|true|false")
Explain = Callable[[type[Table], ErrorDetails], str]


def explained(table: type[Table], errors: Sequence[ErrorDetails]) -> list[Mistake]:
    """Put the validator's errors into words; those of rules are left out, since the rules are asked again."""
    meant = {nearest(table, error["loc"]) for error in errors if error["type"] == "extra_forbidden"}
    return [
        Mistake(error["loc"], EXPLAINED.get(error["type"], _wrong)(table, error))
        for error in errors
        # A key that is missing only because its name was mistyped is one mistake and not two.
        if error["type"] != "rules" and not (error["type"] == "missing" and error["loc"] in meant)
    ]


def _unknown(table: type[Table], error: ErrorDetails) -> str:
    key = error["loc"]
    known = nearest(table, key)
    if not known:
        siblings = [name[-1] for name in every_key(table) if name[:-1] == key[:-1]]
        return f"unknown key; {_place(key[:-1])} takes {', '.join(siblings)}"
    if known[:-1] == key[:-1]:
        return f"unknown key; did you mean {known[-1]}?"
    return f"unknown key here; did you mean {known[-1]}, which belongs {_into(known[:-1])}?"


def _missing(table: type[Table], error: ErrorDetails) -> str:
    key = error["loc"]
    kind = kind_at(table, key)
    if kind and is_table(kind.of):
        required = [name for name, field in kind.of.model_fields.items() if field.is_required()]
        example = " and ".join(_example(kind.of, name) for name in required)
        return f"this table is missing; add [{dotted(key)}] with {example}"
    parent = kind_at(table, key[:-1])
    example = _example(parent.of, str(key[-1])) if parent else ""
    return f"missing; add it {_into(key[:-1])}, such as {example}"


def _example(table: type[Table], name: str) -> str:
    return f"{name} = {as_toml((table.model_fields[name].examples or [''])[0])}"


def _into(table: Path) -> str:
    return f"in [{dotted(table)}]" if table else "at the top of the file, before the first [table]"


def _place(table: Path) -> str:
    return f"[{dotted(table)}]" if table else "the top of the file"


def _judged(_table: type[Table], error: ErrorDetails) -> str:
    return str(error["ctx"]["error"])


def _too_many(table: type[Table], error: ErrorDetails) -> str:
    return not_valid(f"{len(error['input'])} of them", _valid_at(table, error["loc"]))


def _wrong(table: type[Table], error: ErrorDetails) -> str:
    value, key = error["input"], error["loc"]
    private = key[:2] in PRIVATE or (isinstance(value, str) and error["type"].endswith("_type"))
    words = not_valid(type_name(value) if private else shown(value), _valid_at(table, key))
    kind = kind_at(table, key)
    return words + (_hint(kind, value) if kind else "")


def _valid_at(table: type[Table], key: Path) -> str:
    kind = kind_at(table, key)
    return valid(kind) if kind else "what the settings page says"


def _hint(kind: Kind, value: object) -> str:
    """Say how to write it when the way of writing is all that is wrong, or which choice was meant."""
    options = get_args(kind.of) if get_origin(kind.of) is Literal else ()
    if isinstance(value, str):
        if value in map(as_toml, options) or (kind.of in (int, bool) and LITERAL.fullmatch(value)):
            return ", without quotes"
        if close := get_close_matches(value.lower(), [option for option in options if isinstance(option, str)], n=1):
            return f" (did you mean {as_toml(close[0])}?)"
        return ", in [ and ]" if get_origin(kind.of) is tuple else ""
    if isinstance(value, list) and is_table(kind.of):
        return ", with one pair of brackets around its name"
    return ", in quotes" if kind.of is str and type(value) in (int, float, bool) else ""


EXPLAINED: dict[str, Explain] = {
    "extra_forbidden": _unknown,
    "missing": _missing,
    "value_error": _judged,
    "too_long": _too_many,
}


def unsound(table: type[Table], errors: Sequence[ErrorDetails]) -> Iterator[Path]:
    """List the keys whose value is not known: those with a mistake, and those that an unknown key was meant to be."""
    for error in errors:
        if error["type"] != "rules":
            yield error["loc"]
        if error["type"] == "extra_forbidden" and (known := nearest(table, error["loc"])):
            yield known
