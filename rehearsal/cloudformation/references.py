"""What an expression refers to."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rehearsal.cloudformation.errors import ValidationError

PLACEHOLDER = re.compile(r"\$\{(!?)([^{}]+)\}")


def pair(argument: Any) -> tuple[str, Any]:
    """Return the resource and the attribute that GetAtt names."""
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) < 2 or not isinstance(parts[0], str):
        raise ValidationError(
            "Template error: Fn::GetAtt object requires two non-empty parameters, "
            "the resource name and the resource attribute"
        )
    return parts[0], parts[1] if len(parts) == 2 else ".".join(parts[1:])


def references(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield every (name, attribute) that is referred to; the attribute is None for a Ref."""
    if isinstance(node, list):
        for inner in node:
            yield from references(inner)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from FINDERS.get(key, references)(value)


def _ref(argument: Any) -> Iterator[tuple[str, Any]]:
    yield str(argument), None


def _getatt(argument: Any) -> Iterator[tuple[str, Any]]:
    name, attribute = pair(argument)
    yield name, attribute
    yield from references(attribute)


def _sub(argument: Any) -> Iterator[tuple[str, Any]]:
    text, local = substitution(argument)
    for match in PLACEHOLDER.finditer(text):
        name = match[2].strip()
        if not match[1] and name not in local:
            yield (name.split(".", 1)[0], name.split(".", 1)[1]) if "." in name else (name, None)
    yield from references(local)


def substitution(argument: Any) -> tuple[str, Mapping[str, Any]]:
    """Return the text and the local values of a Sub."""
    text, local = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
    if not isinstance(text, str) or not isinstance(local, Mapping):
        raise ValidationError(
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments."
        )
    return text, local


FINDERS: dict[str, Callable[[Any], Iterator[tuple[str, Any]]]] = {"Ref": _ref, "Fn::GetAtt": _getatt, "Fn::Sub": _sub}


def conditions_in(node: Any) -> Iterator[str]:
    """Yield every condition that Fn::If names."""
    if isinstance(node, list):
        for inner in node:
            yield from conditions_in(inner)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if key == "Fn::If" and isinstance(value, list) and value and isinstance(value[0], str):
                yield value[0]
            yield from conditions_in(value)


def functions_in(node: Any) -> Iterator[str]:
    """Yield the name of every function used."""
    if isinstance(node, list):
        for inner in node:
            yield from functions_in(inner)
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if str(key).startswith("Fn::"):
                yield key
            yield from functions_in(value)
