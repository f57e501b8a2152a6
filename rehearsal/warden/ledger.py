"""What has to be gone when the main process is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["process", "group", "folder", "socket", "container", "label"]


class Entry(NamedTuple):
    """One thing to remove: `started` belongs to processes, `docker_host` to containers."""

    kind: Kind
    name: str
    started: str = ""
    docker_host: str = ""

    def to_message(self) -> dict[str, Any]:
        """Return the entry as it travels to the warden."""
        return self._asdict()

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> Entry:
        """Read an entry that travelled."""
        return cls(**message)


class Ledger:
    """The entries that still count, in the order in which they came."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: dict[tuple[str, str], Entry] = {}

    def keep(self, entry: Entry) -> None:
        """Add an entry; the same thing is kept once."""
        self._entries[entry.kind, entry.name] = entry

    def release(self, names: Iterable[str]) -> None:
        """Forget whatever goes by one of these names."""
        gone = frozenset(names)
        self._entries = {key: entry for key, entry in self._entries.items() if entry.name not in gone}

    def entries(self, *kinds: Kind) -> list[Entry]:
        """Return the entries of these kinds, or all."""
        return [entry for entry in self._entries.values() if not kinds or entry.kind in kinds]
