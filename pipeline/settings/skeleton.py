"""The release.toml to begin with: every key, what it is for, and its default, of which only the answers count yet."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from pipeline.settings.base import Table
from pipeline.settings.descriptions import descriptions
from pipeline.settings.kinds import is_table
from pipeline.settings.model import Settings
from pipeline.settings.words import as_toml

WIDTH = 100
OPENING = """\
# What is released, and how. A line that begins with "#" and no space is a key at its default, or an
# example where names are your own: take the "#" away to change it.
"""

Answers = Mapping[tuple[str, ...], object]


def skeleton(
    *, app: str, repository: str, provider: str = "github", branch: str = "main", connection_arn: str = ""
) -> str:
    """Write a commented release.toml from the answers that it cannot do without."""
    answers = {
        ("app",): app,
        ("source", "provider"): provider,
        ("source", "repository"): repository,
        ("source", "branch"): branch,
        ("source", "connection_arn"): connection_arn,
    }
    return OPENING + "".join(_table(Settings, (), answers))


def _table(table: type[Table], at: tuple[str, ...], answers: Answers) -> Iterator[str]:
    """Write a table's own keys, then the tables beneath it, as TOML wants it."""
    words = descriptions(table)
    fields = table.model_fields.items()
    for name, field in fields:
        if not _has_header(field):
            yield "\n" + _comment(words[name]) + _key(name, field, answers.get((*at, name)))
    for name, field in fields:
        if _has_header(field):
            yield f"\n{_comment(words[name])}[{'.'.join((*at, name))}]\n"
            yield from _beneath(field, (*at, name), answers)


def _has_header(field: FieldInfo) -> bool:
    return is_table(field.annotation) or bool(field.default_factory)


def _beneath(field: FieldInfo, at: tuple[str, ...], answers: Answers) -> Iterator[str]:
    if is_table(field.annotation):
        yield from _table(field.annotation, at, answers)
    else:
        yield "".join(f"#{name} = {as_toml(value)}\n" for name, value in _example(field).items())


def _key(name: str, field: FieldInfo, answer: object) -> str:
    if answer or field.is_required():
        return f"{name} = {as_toml(answer)}\n"
    default = field.get_default()
    hint = "" if default not in ("", ()) else f"# For example: {as_toml(_example(field))}\n"
    return f"{hint}#{name} = {as_toml(default)}\n"


def _example(field: FieldInfo) -> Any:
    return (field.examples or [""])[0]


def _comment(words: str) -> str:
    return textwrap.fill(words, WIDTH, initial_indent="# ", subsequent_indent="# ", break_long_words=False) + "\n"
