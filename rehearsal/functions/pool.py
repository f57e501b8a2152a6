"""The processes of all functions: warm ones wait here for the next invocation."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from rehearsal.functions.sandbox import Sandbox

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.functions.configuration import Configuration

# A burst may need many processes at once; few of them are worth their memory afterwards.
WARM = 2
Key = tuple[str, str, str]


class ThrottledError(Exception):
    """As many invocations as the function may have are running."""


class Pool:
    """Hands out processes, and takes them back."""

    def __init__(self, cloud: Cloud) -> None:
        """Start with none."""
        self._cloud = cloud
        self._idle: dict[Key, list[Sandbox]] = {}
        self._active: Counter[tuple[str, str]] = Counter()
        self._busy: set[Sandbox] = set()
        self._changed = threading.Condition()
        self._stopped = False

    def take(self, configuration: Configuration, limit: int | None, *, patient: bool) -> tuple[Sandbox, bool]:
        """Return a process and whether it is warm; a patient caller waits until the limit lets it in."""
        name = (configuration.region, configuration.name)
        with self._changed:
            while limit is not None and self._active[name] >= limit and not self._stopped:
                if not patient:
                    raise ThrottledError
                self._changed.wait()
            if self._stopped:
                raise ThrottledError
            self._active[name] += 1
            warm, outdated = self._warm(configuration)
        for sandbox in outdated:
            sandbox.close()
        try:
            sandbox = warm or Sandbox(self._cloud, configuration)
        except BaseException:
            self._leave(configuration)
            raise
        with self._changed:
            self._busy.add(sandbox)
        return sandbox, warm is not None

    def give(self, sandbox: Sandbox, *, usable: bool) -> None:
        """Take a process back, and keep it warm if it can serve again."""
        key = _key(sandbox.configuration)
        with self._changed:
            self._busy.discard(sandbox)
            idle = self._idle.setdefault(key, [])
            keep = usable and len(idle) < WARM and not self._stopped and sandbox.is_usable
            if keep:
                idle.append(sandbox)
        if not keep:
            sandbox.close()
        self._leave(sandbox.configuration)

    def retire(self, region: str, name: str) -> None:
        """End the waiting processes of a function."""
        with self._changed:
            keys = [key for key in self._idle if key[:2] == (region, name)]
            gone = [sandbox for key in keys for sandbox in self._idle.pop(key)]
        for sandbox in gone:
            sandbox.close()

    def stop(self) -> None:
        """End all processes; those that are busy end with an error."""
        with self._changed:
            self._stopped = True
            idle = [sandbox for waiting in self._idle.values() for sandbox in waiting]
            busy = list(self._busy)
            self._idle.clear()
            self._changed.notify_all()
        for sandbox in idle:
            sandbox.close()
        for sandbox in busy:
            sandbox.kill()

    def _warm(self, configuration: Configuration) -> tuple[Sandbox | None, list[Sandbox]]:
        waiting = self._idle.pop(_key(configuration), [])
        fit = [each for each in waiting if each.is_usable and each.configuration == configuration]
        outdated = [each for each in waiting if each not in fit]
        if fit[1:]:
            self._idle[_key(configuration)] = fit[1:]
        return (fit[0] if fit else None), outdated

    def _leave(self, configuration: Configuration) -> None:
        with self._changed:
            self._active[configuration.region, configuration.name] -= 1
            self._changed.notify_all()


def _key(configuration: Configuration) -> Key:
    return configuration.region, configuration.name, configuration.version
