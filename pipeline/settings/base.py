"""What every table of release.toml has in common: frozen, strict, closed against unknown keys, and bound by rules."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

Path = tuple[str | int, ...]


class Mistake(NamedTuple):
    """One mistake: the key that is to blame, and what is wrong with it."""

    key: Path
    sentence: str


Mistakes = Iterator[Mistake]


class Rule(NamedTuple):
    """A judgement over several keys. It can be passed when each key that it needs is sound by itself."""

    needs: tuple[str, ...]
    judge: Callable[[Any], Mistakes]


class Table(BaseModel):
    """One table of release.toml."""

    # Deferred, since otherwise each table's validator is built twice: alone, and as a part of the whole.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    rules: ClassVar[list[Rule]] = []

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        cls.rules = []

    @model_validator(mode="after")
    def _keeps_the_rules(self) -> Self:
        broken = [mistake for rule in self.rules for mistake in rule.judge(self)]
        if broken:
            words = "; ".join(f"{dotted(mistake.key)}: {mistake.sentence}" for mistake in broken)
            raise PydanticCustomError("rules", "{words}", {"words": words})
        return self


AnyTable = TypeVar("AnyTable", bound=Table)
Judge = Callable[[AnyTable], Mistakes]


def rule(table: type[AnyTable], *needs: str) -> Callable[[Judge[AnyTable]], Judge[AnyTable]]:
    """Bind a function to a table as one of its rules; its docstring is what the settings page says of it."""

    def bind(judge: Judge[AnyTable]) -> Judge[AnyTable]:
        table.rules.append(Rule(needs, judge))
        return judge

    return bind


def dotted(key: Path) -> str:
    """Write a key the way release.toml does, such as `container.health_check.path` or `release.alarms[1]`."""
    words = ""
    for part in key:
        if isinstance(part, int):
            words += f"[{part}]"
        else:
            words += ("." if words else "") + _quoted_if_needed(part)
    return words


def _quoted_if_needed(part: str) -> str:
    bare = part.isascii() and part.replace("_", "").replace("-", "").isalnum()
    return part if bare else ascii(part)
