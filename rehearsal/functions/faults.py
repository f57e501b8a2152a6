"""Faults on demand: ending a function's process at one of its calls of AWS.

The process counts the calls that its botocore clients make, in the order in which they are made, and is gone before
the k-th one leaves or after its answer came, exactly as if its machine had failed there. A fault strikes once, so the
retry that follows runs through; `clear` takes back one that has not struck.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

EXIT_STATUS = 86


@dataclass(frozen=True)
class Kill:
    """Where a function's process ends."""

    call: int
    when: Literal["before", "after"]

    def __post_init__(self) -> None:
        """Refuse a place that does not exist."""
        if self.call < 1 or self.when not in ("before", "after"):
            raise ValueError(f"A process ends before or after a call from the first on, not {self.when} {self.call}.")

    def __str__(self) -> str:
        """Return the fault as the process is told of it."""
        return f"{self.when}:{self.call}"


class Faults:
    """The faults that have not struck yet."""

    def __init__(self) -> None:
        """Start with none."""
        self._kills: dict[str, Kill] = {}
        self._guard = threading.Lock()

    def kill(self, function: str, call: int, when: Literal["before", "after"]) -> None:
        """End the function's next process at this call."""
        fault = Kill(call, when)
        with self._guard:
            self._kills[function] = fault

    def clear(self, function: str | None = None) -> None:
        """Take back the function's fault, or all."""
        with self._guard:
            if function is None:
                self._kills.clear()
            else:
                self._kills.pop(function, None)

    def struck(self, function: str, plan: str) -> None:
        """Forget a fault that has done its work."""
        with self._guard:
            if str(self._kills.get(function, "")) == plan:
                del self._kills[function]

    def plan(self, function: str) -> str:
        """Return what the function's process is told, nothing if it has no fault."""
        with self._guard:
            return str(self._kills.get(function, ""))

    def listed(self) -> dict[str, str]:
        """Return the waiting faults by function."""
        with self._guard:
            return {name: str(kill) for name, kill in self._kills.items()}
