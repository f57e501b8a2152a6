"""Template properties become API input by the shapes that botocore knows."""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.cloudformation.call import ResourceError


def shaped(client: Any, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input of an operation: members matched whatever their case, values of the type the API wants."""
    shape = client.meta.service_model.operation_model(operation).input_shape
    return _structure(properties, shape, "")


def _shape(value: Any, shape: Any, path: str) -> Any:
    if (compound := COMPOUNDS.get(shape.type_name)) is not None:
        return compound(value, shape, path)
    try:
        return SCALARS[shape.type_name](value)
    except (KeyError, ValueError, TypeError) as error:
        raise ResourceError(
            f"Value of property {path} must be of type {shape.type_name.title()}, not {value!r}"
        ) from error


def _structure(value: Any, shape: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ResourceError(f"Value of property {path} must be an object")
    members = {name.lower(): name for name in shape.members}
    result = {}
    for key, inner in value.items():
        name = members.get(key.lower())
        if name is None:
            raise ResourceError(f"Encountered unsupported property {path}{'.' if path else ''}{key}")
        result[name] = _shape(inner, shape.members[name], f"{path}.{key}" if path else key)
    return result


def _list(value: Any, shape: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise ResourceError(f"Value of property {path} must be of type List")
    return [_shape(inner, shape.member, f"{path}.{position}") for position, inner in enumerate(value)]


def _map(value: Any, shape: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ResourceError(f"Value of property {path} must be an object")
    return {str(key): _shape(inner, shape.value, f"{path}.{key}") for key, inner in value.items()}


def text(value: Any) -> str:
    """Return a scalar as CloudFormation prints it, and a document as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, Mapping | list) else str(value)


def same(left: Any, right: Any) -> bool:
    """Tell whether two values mean the same; 80 and "80" do, as in any template."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(*pair) for pair in zip(left, right, strict=True))
    if left is None or right is None or isinstance(left, Mapping | list) or isinstance(right, Mapping | list):
        return left is right
    return text(left) == text(right)


def _boolean(value: Any) -> bool:
    return {"true": True, "false": False}[str(value).lower()]


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else base64.b64decode(value)


COMPOUNDS: dict[str, Callable[[Any, Any, str], Any]] = {"structure": _structure, "list": _list, "map": _map}
SCALARS: dict[str, Callable[[Any], Any]] = {
    "string": text,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "boolean": _boolean,
    "blob": _bytes,
    "timestamp": lambda value: value,
}
