"""What AWS's own model of the service demands of a call's parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline.errors import RefusedError, invalid, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "timestamp": (int, float, str),
}


def check(shape: Shape, value: Any) -> None:
    """Refuse parameters that AWS's model does not allow."""
    faults = list(_faults(shape, value, ""))
    if faults:
        found = "; ".join(faults)
        many = "error" if len(faults) == 1 else "errors"
        raise invalid(f"{len(faults)} validation {many} detected: {found}")


def _faults(shape: Shape, value: Any, path: str) -> Iterator[str]:
    kinds = TYPES[shape.type_name]
    if not _is(value, kinds):
        yield f"Value at '{path}' failed to satisfy constraint: Member must be of type {shape.type_name}"
        return
    yield from _limits(shape, value, path)
    if shape.type_name == "structure":
        yield from _members(shape, value, path)
    elif shape.type_name == "list":
        for number, one in enumerate(value, 1):
            yield from _faults(shape.member, one, f"{path}.{number}.member")  # type: ignore[attr-defined]  # botocore's shapes are untyped
    elif shape.type_name == "map":
        for key, one in value.items():
            yield from _faults(shape.key, key, f"{path}.key")  # type: ignore[attr-defined]  # botocore's shapes are untyped
            yield from _faults(shape.value, one, f"{path}.{key}.member")  # type: ignore[attr-defined]  # botocore's shapes are untyped


def _is(value: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and (not isinstance(value, bool) or bool in kinds)


def _members(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    members: dict[str, Shape] = shape.members  # type: ignore[attr-defined]  # botocore's shapes are untyped
    for name in shape.metadata.get("required", ()):
        if value.get(name) is None:
            yield f"Value null at '{_join(path, name)}' failed to satisfy constraint: Member must not be null"
    for name, one in value.items():
        if name not in members:
            raise _unknown(_join(path, name))
        if one is not None:
            yield from _faults(members[name], one, _join(path, name))


def _limits(shape: Shape, value: Any, path: str) -> Iterator[str]:
    rules = shape.metadata
    said = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must"
    if "enum" in rules and value not in rules["enum"]:
        yield f"{said} satisfy enum value set: [{', '.join(rules['enum'])}]"
    if "pattern" in rules and isinstance(value, str) and not re.fullmatch(rules["pattern"], value, re.DOTALL):
        yield f"{said} satisfy regular expression pattern: {rules['pattern']}"
    size = value if isinstance(value, int) else len(value) if hasattr(value, "__len__") else 0
    what = "have value" if isinstance(value, int) else "have length"
    if "min" in rules and size < rules["min"]:
        yield f"{said} {what} greater than or equal to {rules['min']}"
    if "max" in rules and size > rules["max"]:
        yield f"{said} {what} less than or equal to {rules['max']}"


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unknown(path: str) -> RefusedError:
    return unsupported(f"the parameter '{path}'")
