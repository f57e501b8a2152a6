"""What was counted, period by period."""

from dataclasses import asdict, dataclass, field
from typing import Any

FAILURES_TOLD = 10


@dataclass
class Sighting:
    """How one version was seen: the end of its first answer, and the beginning of the last request that it got."""

    answers: int = 0
    first_answer: float = float("inf")
    last_request: float = 0.0


@dataclass
class Period:
    """The requests that began in one period."""

    name: str
    requests: int = 0
    failed: int = 0
    versions: dict[str, Sighting] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def answered(self, version: str, began: float, ended: float) -> None:
        """Count an answer."""
        self.requests += 1
        seen = self.versions.setdefault(version, Sighting())
        seen.answers += 1
        seen.first_answer = min(seen.first_answer, ended)
        seen.last_request = max(seen.last_request, began)

    def broke(self, why: str) -> None:
        """Count a failure."""
        self.requests += 1
        self.failed += 1
        if len(self.failures) < FAILURES_TOLD:
            self.failures.append(why)


@dataclass
class Tally:
    """All that was counted for one target of calls."""

    periods: list[Period] = field(default_factory=lambda: [Period("")])
    seconds: list[float] = field(default_factory=list)
    newest: str = ""
    newest_since: float = 0.0

    def begin(self, name: str) -> None:
        """Begin another period."""
        self.periods.append(Period(name))

    @property
    def now(self) -> Period:
        """The period in which a request that begins now is counted."""
        return self.periods[-1]

    def totals(self) -> dict[str, Any]:
        """Return the two figures that count most."""
        requests = sum(period.requests for period in self.periods)
        return {"requests": requests, "failed": sum(period.failed for period in self.periods)}

    def report(self) -> dict[str, Any]:
        """Return everything."""
        told = [asdict(period) for period in self.periods if period.name or period.requests]
        ordered = sorted(self.seconds)
        middle, most = (ordered[int(len(ordered) * part)] if ordered else 0.0 for part in (0.5, 0.99))
        return {**self.totals(), "periods": told, "p50_ms": round(middle * 1000, 2), "p99_ms": round(most * 1000, 2)}
