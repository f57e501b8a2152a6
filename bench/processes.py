"""What a program and all that it starts take of the machine, looked at ten times a second.

Memory is counted twice. The sum of resident sets counts a page once for each process that has it: twenty Pythons seem
to hold twenty copies of one libpython. The sum of proportional sets counts each page once, as the machine does: this is
what has to be there, and so this is what limits are about. Proportions take the kernel long to work out, so they are
asked for only while the resident sets are near their highest.
"""

import ctypes
import os
import re
import resource
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

EVERY = 0.1
NEAR_THE_PEAK = 0.85
SET_CHILD_SUBREAPER = 36
PAGE = os.sysconf("SC_PAGE_SIZE")
PROPORTIONAL = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
MIB = 1 << 20


class Memory(NamedTuple):
    """The memory of all processes at one moment, in bytes."""

    proportional: int = 0
    resident: int = 0
    processes: int = 0


class Watched:
    """A program that runs, with everything that it starts."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it; what it leaves behind becomes ours, so that nothing gets out of sight."""
        ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.peak = Memory()
        self._most_resident = 0
        self._before = processor_seconds()
        self._own = set(_descendants(os.getpid()))
        self._over = threading.Event()
        self._began = time.monotonic()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def finish(self) -> tuple[str, str]:
        """Wait until it has ended, and return what it printed and what it said."""
        said = self.process.communicate()
        self.seconds = time.monotonic() - self._began
        self._over.set()
        self._watcher.join()
        self.left = sorted(set(_descendants(os.getpid())) - self._own)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
        self.processor = processor_seconds() - self._before
        return said

    def _watch(self) -> None:
        while not self._over.wait(EVERY):
            mine = _descendants(self.process.pid) | {self.process.pid}
            resident = sum(_resident(pid) for pid in mine)
            self._most_resident = max(self._most_resident, resident)
            if resident >= NEAR_THE_PEAK * self._most_resident:
                memory = Memory(sum(_proportional(pid) for pid in mine), resident, len(mine))
                self.peak = max(self.peak, memory)


def processor_seconds() -> float:
    """Return the processor time of all processes that we started and that have ended, and that of theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _descendants(root: int) -> set[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
                children[int(parent)].append(int(entry.name))
    found: set[int] = set()
    todo = [root]
    while todo:
        born = children[todo.pop()]
        found.update(born)
        todo += born
    return found


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    return 0


def _proportional(pid: int) -> int:
    with suppress(OSError):
        found = PROPORTIONAL.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
        return int(found[1]) * 1024 if found else 0
    return 0
