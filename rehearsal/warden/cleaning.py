"""Removing everything that a ledger holds: containers first, then processes, then what they left on the disk."""

from __future__ import annotations

import os
import shutil
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rehearsal.warden import processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.warden.ledger import Entry, Kind, Ledger

GRACE = 2.0
# A call that was under way when the main process was killed may still make a container, a moment later.
AFTERMATH = 0.5
FOLDER_ATTEMPTS = 5


class Cleaning:
    """One clean-up; `mark` is what our children carry, `spared` are processes that it must not touch."""

    def __init__(self, ledger: Ledger, mark: str, spared: frozenset[int] = frozenset(), grace: float = GRACE) -> None:
        """Take what there is to clean."""
        self._ledger = ledger
        self._mark = mark
        self._spared = spared | {os.getpid()}
        self._grace = grace

    def run(self, *, crashed: bool) -> list[str]:
        """Remove everything and return, in words, what is left."""
        left = self._containers()
        left += processes.end(self._running, self._grace)
        if crashed and self._foreign("label"):
            time.sleep(AFTERMATH)
            left += self._containers()
        for entry in self._ledger.entries("socket"):
            Path(entry.name).unlink(missing_ok=True)
        for entry in self._ledger.entries("folder"):
            left += _remove_folder(Path(entry.name))
        return list(dict.fromkeys(left))

    def _running(self) -> set[int]:
        everybody = processes.table()
        ours = processes.marked(self._mark) & everybody.keys()
        for entry in self._ledger.entries("process"):
            if _same(everybody.get(int(entry.name)), entry):
                ours.add(int(entry.name))
        for entry in self._ledger.entries("group"):
            ours |= _members(everybody, entry)
        return ours - self._spared

    def _foreign(self, *kinds: Kind) -> list[Entry]:
        """Return containers on engines that outlive us; one whose socket is ours takes its containers with it."""
        sockets = [Path(entry.name) for entry in self._ledger.entries("socket", "folder")]
        return [entry for entry in self._ledger.entries(*kinds) if not _is_below(entry.docker_host, sockets)]

    def _containers(self) -> list[str]:
        left = []
        for entry in self._foreign("label", "container"):
            left += _remove_containers(entry)
        return left


def _same(process: processes.Process | None, entry: Entry) -> bool:
    return process is not None and process.started == entry.started


def _members(everybody: dict[int, processes.Process], entry: Entry) -> set[int]:
    """Return the members of a group, provided that its number still means what it meant."""
    leader = everybody.get(int(entry.name))
    if leader is None and processes.MARKS_ARE_READABLE:
        # Its leader is gone, and so may be the whole group and a stranger's of the same number be there instead: the
        # mark alone tells, and whoever carries it has been found already.
        return set()
    if leader is not None and not _same(leader, entry):
        return set()
    return {process.pid for process in everybody.values() if process.group == int(entry.name)}


def _is_below(docker_host: str, places: list[Path]) -> bool:
    parts = urlsplit(docker_host)
    path = Path(parts.path)
    return parts.scheme == "unix" and any(place == path or place in path.parents for place in places)


def _remove_containers(entry: Entry) -> list[str]:
    from rehearsal.warden import dockerapi  # noqa: PLC0415 - needs more memory than all the rest of a warden

    try:
        labelled = entry.kind == "label"
        containers = dockerapi.labelled(entry.docker_host, entry.name) if labelled else [entry.name]
        for container in containers:
            dockerapi.remove(entry.docker_host, container)
    except (OSError, dockerapi.EngineError) as error:
        return [f"containers of {entry.docker_host} ({entry.name}) may be left: {error}"]
    return []


def _remove_folder(folder: Path) -> list[str]:
    # Something may still be writing there, a file server of an engine for instance: look again.
    for attempt in range(FOLDER_ATTEMPTS):
        try:
            shutil.rmtree(folder, onerror=_open_up)
        except FileNotFoundError:
            return []
        except OSError as error:
            left = f"folder {folder}: {error}"
            time.sleep(0.05 * attempt)
        else:
            return []
    return [left]


def _open_up(remove: Callable[..., Any], path: str, problem: tuple[type[BaseException], BaseException, Any]) -> None:
    """Make a read-only folder writable and remove the thing in it once more."""
    if not isinstance(problem[1], PermissionError):
        raise problem[1]
    parent = Path(path).parent
    parent.chmod(parent.stat().st_mode | stat.S_IRWXU)
    if remove in (os.open, os.scandir):
        Path(path).chmod(stat.S_IRWXU)
        shutil.rmtree(path)
    else:
        remove(path)
