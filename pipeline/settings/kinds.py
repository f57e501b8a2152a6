"""Which keys there are, and what each takes, in words: for the mistakes, and for the settings page."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal, NamedTuple, TypeGuard, get_args, get_origin

from annotated_types import Ge, Le, MaxLen

from pipeline.settings.base import Path, Table
from pipeline.settings.forms import Form, OneOf
from pipeline.settings.words import choices


class Kind(NamedTuple):
    """What a key takes: a type, and what narrows it."""

    of: Any
    narrowed: Sequence[Any] = ()

    def narrowing(self, by: type) -> Any:
        """Return what narrows the type in one way, or None."""
        return next((narrow for narrow in self.narrowed if isinstance(narrow, by)), None)


def is_table(kind: object) -> TypeGuard[type[Table]]:
    """Whether a type is a table of release.toml."""
    return isinstance(kind, type) and issubclass(kind, Table)


def every_table(table: type[Table], at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], type[Table]]]:
    """Walk through a table and all tables beneath it, each with its place in the file."""
    yield at, table
    for name, field in table.model_fields.items():
        if is_table(field.annotation):
            yield from every_table(field.annotation, (*at, name))


def every_key(table: type[Table]) -> Iterator[tuple[str, ...]]:
    """Walk through all keys of a table and of the tables beneath it."""
    return ((*at, name) for at, inner in every_table(table) for name in inner.model_fields)


def kind_at(table: type[Table], key: Path) -> Kind | None:
    """Find out what a key takes, or None if there is no such key."""
    kind: Kind | None = Kind(table)
    for part in key:
        kind = _beneath(kind, part) if kind else None
    return kind


def _beneath(kind: Kind, part: str | int) -> Kind | None:
    if is_table(kind.of):
        field = kind.of.model_fields.get(str(part))
        return Kind(field.annotation, field.metadata) if field else None
    if get_origin(kind.of) is tuple:
        return _unfolded(get_args(kind.of)[0])
    if get_origin(kind.of) is dict:
        return _unfolded(get_args(kind.of)[1])
    return None


def _unfolded(annotation: Any) -> Kind:
    if get_origin(annotation) is Annotated:
        return Kind(annotation.__origin__, annotation.__metadata__)
    return Kind(annotation)


def valid(kind: Kind) -> str:
    """Say what a key takes; the words complete the sentence "give ..."."""
    if form := kind.narrowing(Form) or kind.narrowing(OneOf):
        return str(form.words)
    origin = get_origin(kind.of)
    if origin is Literal:
        return choices(*get_args(kind.of))
    if origin is tuple:
        return f"a list{_at_most(kind)}, each {valid(_unfolded(get_args(kind.of)[0]))}"
    if origin is dict:
        return f"a table{_at_most(kind)} names, each with a text"
    return _plain(kind)


def _plain(kind: Kind) -> str:
    least, most = kind.narrowing(Ge), kind.narrowing(Le)
    if least and most:
        return f"a whole number from {least.ge} to {most.le}"
    return {bool: "true or false", str: "text"}.get(kind.of, "a table")


def _at_most(kind: Kind) -> str:
    longest = kind.narrowing(MaxLen)
    return f" of at most {longest.max_length}" if longest else ""
