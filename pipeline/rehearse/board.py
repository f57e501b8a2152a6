"""What is known at any moment of a rehearsal: where the pipeline stands, who is live, and what has held so far."""

import time
from dataclasses import dataclass, field
from typing import Any

from pipeline.rehearse.load import Ticker
from pipeline.rehearse.watching import Seen


@dataclass(frozen=True)
class Expectation:
    """Something that must hold, whether it did, and what was seen."""

    sentence: str
    held: bool
    evidence: str = ""

    @property
    def verdict(self) -> str:
        """OK or FAILED."""
        return "OK" if self.held else "FAILED"


@dataclass
class Release:
    """One release of the story, and what was measured on its way; seconds, or None for what did not come."""

    name: str
    message: str
    execution: str = ""
    outcome: str = "under way"
    commit_to_testable: float | None = None
    commit_to_approval: float | None = None
    approval_to_live: float | None = None
    requests: int = 0
    failed: int = 0

    def told(self) -> dict[str, Any]:
        """Return what a script reads."""
        figures = ("commit_to_testable", "commit_to_approval", "approval_to_live")
        rounded = {name: _rounded(getattr(self, name)) for name in figures}
        plain = {"name": self.name, "message": self.message, "execution": self.execution, "outcome": self.outcome}
        return {**plain, **rounded, "requests": self.requests, "failed": self.failed}


@dataclass(frozen=True)
class SideSeen:
    """One side at one moment."""

    identifier: str
    live: bool
    release: str
    version: str
    healthy: int
    others: tuple[str, ...] = ()


@dataclass
class Board:
    """Everything that is shown."""

    began: float = field(default_factory=time.monotonic)
    chapter: str = ""
    doing: str = ""
    pipeline: Seen | None = None
    sides: tuple[SideSeen, ...] = ()
    places: tuple[str, str] = ("", "")
    ticker: Ticker | None = None
    releases: list[Release] = field(default_factory=list)
    expectations: list[Expectation] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=dict)

    @property
    def elapsed(self) -> float:
        """Seconds since the rehearsal began."""
        return time.monotonic() - self.began

    def ok(self) -> bool:
        """Whether everything held."""
        return bool(self.expectations) and all(each.held for each in self.expectations)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
