"""What a build step made the last time, so that the same step makes the same image."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class Made(NamedTuple):
    """What a step made: when, and which layer, if any."""

    created: str
    diff_id: str | None


class Cache:
    """The steps of all builds, by everything that they depend on."""

    def __init__(self, path: Path) -> None:
        """Read what an earlier run wrote to this file."""
        self._path = path
        self._guard = threading.Lock()
        self._made: dict[str, Made] = {}
        if path.exists():
            self._made = {key: Made(*made) for key, made in json.loads(path.read_text()).items()}

    def recall(self, key: str) -> Made | None:
        """Return what the step made, if it was done before."""
        return self._made.get(key)

    def record(self, key: str, made: Made) -> None:
        """Note what the step has made."""
        with self._guard:
            self._made[key] = made

    def save(self) -> None:
        """Write all down."""
        with self._guard:
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps(self._made))
            new.replace(self._path)


def key_of(*parts: str) -> str:
    """Return the key of a step from what it depends on."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
