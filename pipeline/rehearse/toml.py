"""Settings, written as a release.toml again."""

import json
from typing import Any

from pipeline.settings import Settings
from pipeline.settings.base import dotted


def written(settings: Settings) -> str:
    """Return the document of these settings; what was not set stays out of it."""
    return "\n".join(_table(settings.model_dump(mode="json", exclude_unset=True), ())) + "\n"


def _table(values: dict[str, Any], place: tuple[str | int, ...]) -> list[str]:
    plain = {key: value for key, value in values.items() if not isinstance(value, dict)}
    lines = [f"[{dotted(place)}]"] if place else []
    lines += [f"{dotted((key,))} = {_value(value)}" for key, value in plain.items()]
    for key, value in values.items():
        if isinstance(value, dict):
            lines += ["", *_table(value, (*place, key))]
    return lines


def _value(value: Any) -> str:
    # What JSON writes of text, numbers, truth and lists is TOML, except that TOML wants DEL escaped too.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
