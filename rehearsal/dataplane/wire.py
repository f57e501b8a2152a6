"""Dataclasses to JSON and back, driven by their own type hints."""

import json
from dataclasses import asdict, is_dataclass
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
_hints = cache(get_type_hints)


def line(message: dict[str, Any]) -> bytes:
    """Write one message as a line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def packed(value: "DataclassInstance") -> dict[str, Any]:
    """Write a dataclass as plain data."""
    return asdict(value)


def unpacked(kind: type[T], data: dict[str, Any]) -> T:
    """Read a dataclass from plain data."""
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], value) for name, value in data.items()})


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(hint, UnionType):
        hint = next(option for option in get_args(hint) if option is not type(None))
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], item) for item in value)
    if get_origin(hint) is dict:
        return {key: _read(get_args(hint)[1], item) for key, item in value.items()}
    if is_dataclass(hint) and isinstance(hint, type):
        return unpacked(hint, value)
    return value
