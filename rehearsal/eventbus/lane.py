"""Work that waits in line: done one after another, on a thread that lives only while there is some."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.workers import Workers


class Lane:
    """One line; what is put into it is done in the order in which it came."""

    def __init__(self, workers: Workers, name: str, work: Callable[[Any], None]) -> None:
        """Take the work to do for each item."""
        self._workers = workers
        self._name = name
        self._work = work
        self._waiting: deque[Any] = deque()
        self._changed = threading.Condition()
        self._busy = False

    def put(self, item: Any) -> None:
        """Add an item, and see to it that somebody works."""
        with self._changed:
            self._waiting.append(item)
            if self._busy:
                return
            self._busy = True
        self._workers.spawn(self._name, self._drain)

    def settled(self, seconds: float) -> bool:
        """Wait until nothing is left to do, and say whether that came true in time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._busy, seconds)

    def __len__(self) -> int:
        """Return how many items wait."""
        return len(self._waiting)

    def _drain(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._busy = False
                    self._changed.notify_all()
                    return
                item = self._waiting.popleft()
            self._do(item)

    def _do(self, item: Any) -> None:
        try:
            self._work(item)
        except BaseException:
            # The failure is the workers' to report; the items behind this one are still to be done.
            with self._changed:
                self._busy = bool(self._waiting)
                self._changed.notify_all()
            if self._busy:
                self._workers.spawn(self._name, self._drain)
            raise
