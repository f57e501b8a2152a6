"""The rules' judgement of a file in which single keys are wrong, so that one reading reports all there is to mend."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.settings.base import Mistake, Path, Table
from pipeline.settings.kinds import is_table


def broken_rules(table: type[Table], given: Mapping[str, Any], unsound: set[Path], at: Path = ()) -> Iterator[Mistake]:
    """Ask each rule whose keys are all sound, in this table and in those beneath it."""
    judged = _sound_part(table, given, unsound, at)
    for rule in table.rules:
        if all(_is_sound((*at, *need.split(".")), unsound) for need in rule.needs):
            for mistake in rule.judge(judged):
                yield Mistake((*at, *mistake.key), mistake.sentence)
    for name, field in table.model_fields.items():
        inner = given.get(name)
        if is_table(field.annotation) and isinstance(inner, dict) and (*at, name) not in unsound:
            yield from broken_rules(field.annotation, inner, unsound, (*at, name))


def _is_sound(key: Path, unsound: set[Path]) -> bool:
    """Whether nothing is wrong with a key, with a table that holds it, or with an item of its list.

    A wrong entry of a table of texts is left out of the sound part instead: the other entries can be judged without it.
    """
    outer = any(key[:length] in unsound for length in range(1, len(key) + 1))
    return not outer and not any(bad[: len(key)] == key and isinstance(bad[len(key)], int) for bad in unsound)


def _sound_part(table: type[Table], given: Mapping[str, Any], unsound: set[Path], at: Path) -> Table:
    values: dict[str, Any] = {}
    for name, field in table.model_fields.items():
        key = (*at, name)
        if name not in given or key in unsound:
            continue
        value = given[name]
        if is_table(field.annotation):
            value = _sound_part(field.annotation, value, unsound, key)
        elif isinstance(value, dict):
            value = {entry: text for entry, text in value.items() if (*key, entry) not in unsound}
        values[name] = tuple(value) if isinstance(value, list) else value
    return table.model_construct(**values)
