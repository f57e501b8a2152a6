"""However a rehearsal ends, nothing of it is left: no process, no container, no folder."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.support.rehearsals import rehearsals

__all__ = ["rehearsals"]

SOON = 20
ENOUGH = 120


def until_it_says(process, words):
    """Read what it says until the words come, and return all of it."""
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(f"it never said {words!r}: {said}")


@pytest.mark.parametrize("words", ["Launching the pipeline", "git push: v2"], ids=["at launch", "under load"])
def test_ctrl_c_ends_it_and_all_that_it_started(rehearsals, words):
    process = rehearsals.start("--engine", "embedded")
    until_it_says(process, words)

    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=ENOUGH)

    assert process.returncode == 130
    assert "interrupted. Everything that was started has ended." in rest
    assert rehearsals.left() == []


def test_ctrl_c_twice_is_ctrl_c(rehearsals):
    process = rehearsals.start("--engine", "embedded")
    until_it_says(process, "git push: v1")

    for _ in range(2):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    rest, _ = process.communicate(timeout=ENOUGH)

    assert process.returncode == 130
    assert "interrupted. Everything that was started has ended." in rest
    assert rehearsals.left() == []


@pytest.mark.parametrize("words", ["Launching the pipeline", "git push: v2"], ids=["at launch", "under load"])
def test_when_it_is_killed_what_it_started_goes_too(rehearsals, words):
    process = rehearsals.start("--engine", "embedded")
    until_it_says(process, words)

    process.kill()
    process.communicate(timeout=ENOUGH)

    assert rehearsals.left(within=SOON) == []


def test_when_the_local_aws_dies_it_says_so_and_ends(rehearsals):
    process = rehearsals.start("--engine", "embedded")
    until_it_says(process, "git push: v1")

    os.kill(process_of(rehearsals, "rehearsal", "--json"), signal.SIGKILL)
    rest, _ = process.communicate(timeout=ENOUGH)

    assert process.returncode == 1
    assert "The local AWS has ended by itself" in rest
    assert rehearsals.left(within=SOON) == []


def test_when_the_engine_dies_it_says_so_and_ends(rehearsals):
    process = rehearsals.start("--engine", "embedded")
    until_it_says(process, "git push: v2")

    os.kill(process_of(rehearsals, "rehearsal.engine", "--socket"), signal.SIGKILL)
    rest, _ = process.communicate(timeout=ENOUGH)

    assert process.returncode == 1
    assert "The container engine no longer answers: start it, and rehearse again." in rest
    assert rehearsals.left(within=SOON) == []


def process_of(rehearsals, module, option):
    """Return the process that runs a module."""
    for pid in rehearsals.processes():
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if module in words and option in words:
            return pid
    raise AssertionError(f"nobody runs {module}")
