"""The audit trail: who asked for what, and what was decided."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 50_000


@dataclass(frozen=True)
class Entry:
    """One decision."""

    who: str
    action: str
    resource: str
    allowed: bool
    reason: str = ""


class Audit:
    """The last decisions; the oldest go when there are too many."""

    def __init__(self, kept: int = KEPT) -> None:
        """Start with none."""
        self._entries: deque[Entry] = deque(maxlen=kept)
        self._guard = threading.Lock()

    def note(self, entry: Entry) -> None:
        """Keep a decision."""
        with self._guard:
            self._entries.append(entry)

    def entries(self, who: str = "", *, denied: bool = False) -> list[Entry]:
        """Return what a role or user (a part of the ARN will do) asked for, or only what was denied."""
        with self._guard:
            return [each for each in self._entries if who in each.who and not (denied and each.allowed)]

    def report(self, who: str = "", *, denied: bool = False) -> list[dict[str, Any]]:
        """Return the entries for JSON."""
        return [asdict(each) for each in self.entries(who, denied=denied)]

    def clear(self) -> None:
        """Forget all."""
        with self._guard:
            self._entries.clear()
