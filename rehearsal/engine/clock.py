"""Moments as Docker writes them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

NEVER = "0001-01-01T00:00:00Z"
NANOSECONDS = 1_000_000_000


def stamp(moment: int | None = None) -> str:
    """Return a moment in nanoseconds since 1970, or now, as text."""
    nanoseconds = time.time_ns() if moment is None else moment
    seconds, rest = divmod(nanoseconds, NANOSECONDS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def seconds_of(text: str) -> int:
    """Return a moment in text as seconds since 1970."""
    return int(datetime.fromisoformat(text[:19] + "+00:00").timestamp())


def since_epoch(text: str) -> int:
    """Read a moment that a client names (`seconds[.nanoseconds]`) as nanoseconds since 1970."""
    seconds, _, fraction = text.partition(".")
    return int(seconds or 0) * NANOSECONDS + int(fraction.ljust(9, "0")[:9] or 0)
