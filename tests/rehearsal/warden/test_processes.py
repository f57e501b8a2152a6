"""Looking at processes, on systems with /proc and on those without."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rehearsal.warden import processes

from .conftest import soon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rehearsal.warden.handle import Warden

    from .conftest import Main


@pytest.fixture(params=["/proc", "ps"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "/proc" and not processes.MARKS_ARE_READABLE:
        pytest.skip("this system has no /proc")
    monkeypatch.setattr(processes, "MARKS_ARE_READABLE", request.param == "/proc")


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    # A name that would confuse whoever cuts the line at spaces and brackets.
    with subprocess.Popen(["sleep", "1000"], start_new_session=True) as process:
        yield process
        process.kill()


def test_a_process_is_looked_up(source: None, child: subprocess.Popen[bytes]) -> None:
    found = processes.look_up(child.pid)
    assert found
    assert (found.pid, found.group, found.ended) == (child.pid, child.pid, False)
    assert found.started
    assert processes.look_up(child.pid) == found == processes.table()[child.pid]
    child.kill()
    child.wait()
    assert processes.look_up(child.pid) is None
    assert child.pid not in processes.table()


def test_one_that_has_ended_but_was_not_waited_for_has_ended(source: None) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        found = processes.look_up(process.pid)
        assert found is None or found.ended
        assert process.pid not in processes.table()


def test_names_with_brackets_and_spaces_are_read(source: None, tmp_path: Path) -> None:
    program = tmp_path / "a) R 1 (b"
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "1000"]) as process:
        found = processes.look_up(process.pid)
        assert found
        assert (found.pid, found.ended) == (process.pid, False)
        process.kill()


def test_children_are_found_by_their_mark(warden: Warden) -> None:
    if not processes.MARKS_ARE_READABLE:
        pytest.skip("this system does not show the environment of processes")
    one, two = warden.spawn(["sleep", "1000"], tag="one"), warden.spawn(["sleep", "1000"], tag="two")
    assert soon(lambda: processes.marked(warden.mark) == {one.pid, two.pid})
    assert processes.marked(f"{warden.mark}.one") == {one.pid}
    warden.stop()
    one.wait()
    two.wait()


def test_children_started_at_the_moment_of_the_kill_are_not_missed(main: Callable[[str], Main]) -> None:
    if not processes.MARKS_ARE_READABLE:
        pytest.skip("this system does not show the environment of processes")
    victim = main("""
import threading
def forever():
    while True:
        child = warden.spawn(['sleep', '1000'])
        if child.pid % 2: child.kill(); child.wait(); warden.release(child.pid)
for _ in range(4): threading.Thread(target=forever, daemon=True).start()
tell(warden.mark)
time.sleep(0.15)
os.kill(os.getpid(), signal.SIGKILL)
""")
    mark = victim.line()
    victim.complaints()
    assert processes.marked(mark) == set()
