"""The settings page and the JSON schema, written from the models: `python -m pipeline.settings.document`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline.settings import fargate
from pipeline.settings.base import Table
from pipeline.settings.descriptions import descriptions
from pipeline.settings.kinds import Kind, every_table, is_table, valid
from pipeline.settings.model import Settings
from pipeline.settings.words import as_toml

DOCS = Path(__file__).parents[2] / "docs"
PAGE = "settings.md"
SCHEMA = "release.schema.json"
# Taplo, and with it most editors, reads this draft.
DRAFT = "http://json-schema.org/draft-07/schema#"

OPENING = f"""\
# Settings

A `release.toml` describes one application and how it is released. `flipside init` writes one with every key in it.
All of it is checked before anything is asked of AWS: each mistake is told with its line and with what is valid.

Editors that know [{SCHEMA}]({SCHEMA}) complete and check the keys while you type. For those that
use Taplo, begin the file with `#:schema` and the path of the schema.

This page and the schema are written from the models by `python -m pipeline.settings.document`.
"""
HEAD = """\
| key | takes | default | what it is for | example |
|---|---|---|---|---|
"""


def render_settings_page() -> str:
    """Write the page that explains every key."""
    return OPENING + "".join(_section(at, table) for at, table in every_table(Settings)) + _fargate_sizes()


def _section(at: tuple[str, ...], table: type[Table]) -> str:
    title = f"[{'.'.join(at)}]" if at else "Top of the file"
    rows = "".join(_rows(table))
    section = f"\n## {title}\n\n{table.__doc__}\n\n{HEAD}{rows}"
    rules = "".join(f"- {rule.judge.__doc__}\n" for rule in table.rules)
    return section + (f"\nRules:\n\n{rules}" if rules else "")


def _rows(table: type[Table]) -> Iterator[str]:
    words = descriptions(table)
    for name, field in table.model_fields.items():
        if is_table(field.annotation):
            continue
        default = "required" if field.is_required() else _code(field.get_default(call_default_factory=True))
        example = _code((field.examples or [None])[0])
        cells = (f"`{name}`", valid(Kind(field.annotation, field.metadata)), default, words[name], example)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def _code(value: object) -> str:
    return f"`{as_toml(value)}`" if value not in ("", (), {}) else "none"


def _fargate_sizes() -> str:
    rows = "".join(f"| {cpu} | {fargate.sizes_in_words(cpu)} |\n" for cpu in fargate.SIZES)
    return f"\n## Sizes of a task\n\n| `cpu` | `memory` |\n|---|---|\n{rows}"


def render_schema() -> str:
    """Write the JSON schema that lets editors complete and check a release.toml."""
    schema = Settings.model_json_schema()
    schema = _inlined(schema, schema.pop("$defs"))
    _describe(schema, Settings)
    whole = {"$schema": DRAFT, **schema, "title": "release.toml"}
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def _inlined(schema: Any, tables: dict[str, Any]) -> Any:
    """Put each table in the place of the reference to it, beside which editors overlook a description."""
    if isinstance(schema, list):
        return [_inlined(item, tables) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if reference := schema.get("$ref"):
        return _inlined(tables[reference.rpartition("/")[2]], tables)
    return {key: _inlined(value, tables) for key, value in schema.items()}


def _describe(schema: dict[str, Any], table: type[Table]) -> None:
    schema["description"] = table.__doc__
    words = descriptions(table)
    for name, field in table.model_fields.items():
        part = schema["properties"][name]
        part.pop("title", None)
        if is_table(field.annotation):
            _describe(part, field.annotation)
        part["description"] = words[name]


if __name__ == "__main__":
    (DOCS / PAGE).write_text(render_settings_page(), encoding="utf-8")
    (DOCS / SCHEMA).write_text(render_schema(), encoding="utf-8")
