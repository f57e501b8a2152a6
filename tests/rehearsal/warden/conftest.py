"""A main process to be ended in every way, and eyes to see what is left of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rehearsal.warden import processes
from rehearsal.warden.handle import Warden

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[3]
PRELUDE = """
import os, signal, subprocess, sys, time
from pathlib import Path
from rehearsal.warden.handle import Warden
warden = Warden(grace=0.5)
def tell(*what): print(*what, flush=True)
def sleeper(): return subprocess.Popen(['sleep', '1000'], start_new_session=True, stdout=-3, stderr=-3)
"""


class Main:
    """A process with a warden, which does what the test says and then waits."""

    def __init__(self, does: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"{PRELUDE}\n{does}\nsignal.pause()"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            start_new_session=True,
        )
        self.pid = self.process.pid

    def line(self) -> str:
        """Return the next thing that it tells."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def number(self) -> int:
        return int(self.line())

    def kill(self, number: int = signal.SIGKILL) -> str:
        """End it and return what it and the warden complained of, once both are gone."""
        os.kill(self.pid, number)
        return self.complaints()

    def complaints(self) -> str:
        # Standard error is closed when its last holder is gone, and that is the warden.
        return self.process.communicate(timeout=30)[1]


@pytest.fixture
def main() -> Iterator[Callable[[str], Main]]:
    started: list[Main] = []

    def start(does: str) -> Main:
        started.append(Main(does))
        return started[-1]

    yield start
    for each in started:
        with each.process:
            if each.process.poll() is None:
                each.kill()


@pytest.fixture
def warden() -> Iterator[Warden]:
    own = Warden(grace=0.5)
    yield own
    own.stop()


def runs(pid: int) -> bool:
    process = processes.look_up(pid)
    return process is not None and not process.ended


def soon(condition: Callable[[], bool], seconds: float = 60) -> bool:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
