"""The time, and what is to happen later: a test can bring a clock of its own."""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.workers import Workers

Entry = tuple[float, int, "Callable[[], None]"]


class Clock:
    """The machine's own clock, with one thread for everything that is to happen later."""

    def __init__(self) -> None:
        """Start with nothing to do."""
        self._changed = threading.Condition()
        self._entries: list[Entry] = []
        self._numbers = itertools.count()
        self._ended = False

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC)

    def after(self, seconds: float, work: Callable[[], None]) -> None:
        """Do something short later."""
        with self._changed:
            heapq.heappush(self._entries, (time.monotonic() + seconds, next(self._numbers), work))
            self._changed.notify()

    def run(self, workers: Workers) -> None:
        """Serve until stopped."""
        self._ended = False
        workers.spawn("codepipeline-clock", self._serve)

    def stop(self) -> None:
        """Forget what was to happen."""
        with self._changed:
            self._ended = True
            self._entries.clear()
            self._changed.notify()

    def _serve(self) -> None:
        while work := self._next():
            work()

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._ended:
                left = self._entries[0][0] - time.monotonic() if self._entries else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._entries)[2]
                self._changed.wait(left)
            return None
