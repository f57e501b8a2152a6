"""The processes of this machine: which there are, when they started, and how to end them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

PROC = Path("/proc")
MARKS_ARE_READABLE = (PROC / "self" / "environ").exists()
MARK = "REHEARSAL_WARDEN"
POLL = 0.01
# A process that is just becoming another program has no environment, and so no mark, for a moment.
LOOKS = 2


class Process(NamedTuple):
    """One process; the moment it started tells it from a later one with the same number."""

    pid: int
    group: int
    started: str
    ended: bool


def _from_proc(pid: int) -> Process | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The second field is the program's name in brackets, which may itself hold spaces and brackets.
    fields = text.rpartition(")")[2].split()
    return Process(pid, int(fields[2]), fields[19], fields[0] in "ZX")


def _from_ps(line: str) -> Process:
    pid, group, state, started = line.split(None, 3)
    return Process(int(pid), int(group), started.strip(), state.startswith("Z"))


def _ps(*which: str) -> list[Process]:
    import subprocess  # noqa: PLC0415 - only where there is no /proc

    command = ["ps", *which, "-o", "pid=,pgid=,stat=,lstart="]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"})  # noqa: S603 - fixed words and a number
    return [_from_ps(line) for line in told.stdout.splitlines() if line.strip()]


def look_up(pid: int) -> Process | None:
    """Return the process with this number, if there is one."""
    if MARKS_ARE_READABLE:
        return _from_proc(pid)
    return next(iter(_ps("-p", str(pid))), None)


def table() -> dict[int, Process]:
    """Return every process that has not ended, by its number."""
    if MARKS_ARE_READABLE:
        seen = [_from_proc(int(name)) for name in os.listdir(PROC) if name.isdecimal()]  # noqa: PTH208 - names only, often
    else:
        seen = [*_ps("-A")]
    return {process.pid: process for process in seen if process and not process.ended}


def marked(mark: str) -> set[int]:
    """Return the processes whose environment carries the mark, or one that begins with it (only where /proc tells)."""
    wanted = f"{MARK}={mark}".encode()
    found = set()
    for environment in PROC.glob("[0-9]*/environ"):
        try:
            variables = environment.read_bytes().split(b"\0")
        except OSError:
            continue
        if any(variable.startswith(wanted) for variable in variables):
            found.add(int(environment.parent.name))
    return found


def send(pids: Collection[int], number: int) -> list[str]:
    """Send a signal to each, and say which it could not be sent to."""
    refused = []
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
        except PermissionError:
            refused.append(f"process {pid} belongs to somebody else and was left running")
    return refused


def end(remaining: Callable[[], set[int]], grace: float) -> list[str]:
    """Ask the remaining ones to end, make them end after the grace, and say which did not."""
    send(remaining(), signal.SIGTERM)
    # They are not our children, so nobody tells us when they end: look again until they have.
    if _none_is_left(remaining, grace):
        return []
    # Each look may find children born since the last one.
    refused: list[str] = []
    if _none_is_left(remaining, grace, lambda pids: refused.extend(send(pids, signal.SIGKILL))):
        return []
    return list(dict.fromkeys(refused)) or [f"process {pid} did not end" for pid in sorted(remaining())]


def _none_is_left(
    remaining: Callable[[], set[int]], seconds: float, insist: Callable[[set[int]], None] = lambda _: None
) -> bool:
    deadline = time.monotonic() + seconds
    empty_looks = 0
    while empty_looks < LOOKS:
        left = remaining()
        if left and time.monotonic() > deadline:
            return False
        insist(left)
        empty_looks = 0 if left else empty_looks + 1
        time.sleep(POLL)
    return True
