"""Filters of lists, as clients write them: for each kind the values that will do."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rehearsal.engine.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

T = TypeVar("T")


def passing(each_of: Iterable[T], wanted: dict[str, list[str]], known: dict[str, Callable[[T, str], bool]]) -> list[T]:
    """Return what passes all filters; a kind of filter that is not known is refused."""
    unknown = wanted.keys() - known.keys()
    if unknown:
        raise BadRequestError(f"Invalid filter '{min(unknown)}'")
    return [each for each in each_of if _passes(each, wanted, known)]


def has_label(labels: dict[str, str], wanted: str) -> bool:
    """Say whether a label is there, with this value if one is given."""
    name, equals, value = wanted.partition("=")
    return name in labels and (not equals or labels[name] == value)


def _passes(each: T, wanted: dict[str, list[str]], known: dict[str, Callable[[T, str], bool]]) -> bool:
    # One of several values is enough, except that a thing must have all labels.
    return all(
        (all if kind == "label" else any)(known[kind](each, value) for value in values)
        for kind, values in wanted.items()
    )
