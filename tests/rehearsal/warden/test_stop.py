"""The orderly end, and what the handle promises meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .conftest import runs, soon

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.warden.handle import Warden


def test_a_stop_cleans_everything_and_can_be_repeated(warden: Warden, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    warden.folder(tmp_path / "state")
    child = warden.spawn(["sleep", "1000"])
    assert warden.stop() == []
    assert not runs(child.pid)
    assert child.wait() == -signal.SIGTERM
    assert not (tmp_path / "state").exists()
    assert warden.stop() == []


def test_a_stop_names_what_is_left(warden: Warden) -> None:
    warden.label("a=b", "ssh://somewhere")
    [left] = warden.stop()
    assert left.startswith("containers of ssh://somewhere (a=b) may be left: ssh://somewhere is not an address")


def test_nothing_can_be_told_to_it_afterwards(warden: Warden, tmp_path: Path) -> None:
    warden.stop()
    with pytest.raises(RuntimeError, match="comes too late"):
        warden.folder(tmp_path / "late")
    warden.release(tmp_path / "late")


def test_a_warden_that_was_killed_is_replaced_and_knows_everything(warden: Warden, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    warden.folder(tmp_path / "state")
    os.kill(warden._child.pid, signal.SIGKILL)
    assert soon(lambda: not runs(warden._child.pid))
    child = warden.spawn(["sleep", "1000"])
    assert warden.stop() == []
    assert child.wait() == -signal.SIGTERM
    assert not (tmp_path / "state").exists()


def test_a_child_gets_what_it_is_given(warden: Warden, tmp_path: Path) -> None:
    child = warden.spawn(
        [
            sys.executable,
            "-c",
            "import os, sys; print(os.getcwd(), os.environ, sys.argv[1:], sys.stdin.read())",
            "a b",
            "",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "odd.name": "x y", "PLAIN": "1"},
    )
    told, _ = child.communicate("first\nsecond\n", timeout=10)
    assert child.returncode == 0
    assert str(tmp_path) in told
    assert "'odd.name': 'x y'" in told
    assert "'PLAIN': '1'" in told
    assert told.endswith("['a b', ''] first\nsecond\n\n")


def test_a_child_without_input_reads_nothing(warden: Warden) -> None:
    assert warden.spawn(["cat"], stdout=subprocess.PIPE).communicate(timeout=10) == (b"", None)


@pytest.mark.parametrize("program", ["no-such-program", "/no/such/program", "./no-such-program"])
def test_a_program_that_is_not_there_is_an_error_at_once(warden: Warden, program: str) -> None:
    with pytest.raises(FileNotFoundError, match=program):
        warden.spawn([program])


def test_modules_of_this_package_run_from_anywhere(warden: Warden, tmp_path: Path) -> None:
    child = warden.module("rehearsal.warden", "mark", "1", cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    told, _ = child.communicate(b'{"clean": true}\n', timeout=10)
    assert (child.returncode, told) == (0, b"[]")


def test_our_own_group_and_folders_are_refused(warden: Warden) -> None:
    with pytest.raises(ValueError, match="our own process group"):
        warden.group(os.getpgrp())
    with pytest.raises(ValueError, match="not a folder to remove"):
        warden.folder("/")
