"""How a mistake is put into words: values as release.toml writes them, and one sentence for all that is not valid."""

import json

from pipeline.settings import credentials

LONGEST_SHOWN = 60
TYPES = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a decimal number",
    dict: "a table",
    list: "a list",
    tuple: "a list",
}


def not_valid(what: str, valid: str) -> str:
    """Say that a value is not valid, and what would be."""
    return f"{what} is not valid; give {valid}"


def shown(value: object) -> str:
    """Write a value the way release.toml does, shortened, and without ever repeating a credential."""
    if isinstance(value, (dict, list, tuple)):
        return type_name(value)
    if not isinstance(value, str):
        return str(value).lower()[:LONGEST_SHOWN]
    if credentials.recognised(value):
        return "a credential"
    return as_toml(value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + "...")


def type_name(value: object) -> str:
    """Name the type of a value the way a person does."""
    return TYPES.get(type(value), "a date or time")


def choices(*values: object) -> str:
    """List what can be chosen, the way a sentence does."""
    *most, last = map(shown, values)
    return f"{', '.join(most)} or {last}" if most else last


def as_toml(value: object) -> str:
    """Write a value in TOML, on one line."""
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{key} = {as_toml(inner)}' for key, inner in value.items())} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, str):
        # TOML knows JSON's escapes, yet not the pairs that JSON uses for what lies beyond \uffff.
        quoted = json.dumps(value, ensure_ascii=False)
        return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in quoted)
    return json.dumps(value)
