"""What is left when the main process is ended in a way that it cannot notice."""

from __future__ import annotations

import os
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from rehearsal.warden import gate

from .conftest import Main, runs, soon

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SLEEPS = "child = warden.spawn(['sleep', '1000']); tell(child.pid)"
STUBBORN = """
child = warden.spawn([sys.executable, '-c',
    'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(1000)'],
    stdout=subprocess.PIPE)
child.stdout.readline()
tell(child.pid)
"""
# Leaves its group and its session, as a build tool does that keeps a server running for the next build.
RUNAWAY = """
child = warden.spawn(['sh', '-c', 'setsid sleep 1000 & echo $!; wait'], stdout=subprocess.PIPE)
tell(child.stdout.readline().decode())
"""


@pytest.mark.parametrize("does", [SLEEPS, STUBBORN, RUNAWAY], ids=["sleeper", "ignores TERM", "left its session"])
def test_a_child_does_not_outlive_a_main_process_that_was_killed(main: Callable[[str], Main], does: str) -> None:
    victim = main(does)
    child = victim.number()
    assert runs(child)
    assert victim.kill() == ""
    assert soon(lambda: not runs(child))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV])
def test_every_signal_is_as_good_as_a_kill(main: Callable[[str], Main], number: int) -> None:
    victim = main(SLEEPS)
    child = victim.number()
    victim.kill(number)
    assert not runs(child)


def test_the_whole_foreground_group_may_be_interrupted(main: Callable[[str], Main], tmp_path: Path) -> None:
    victim = main(f"warden.folder({str(tmp_path / 'gone')!r}); {SLEEPS}")
    (tmp_path / "gone").mkdir()
    child = victim.number()
    os.killpg(victim.pid, signal.SIGINT)
    victim.complaints()
    assert not runs(child)
    assert not (tmp_path / "gone").exists()


def test_without_a_warden_the_kernel_still_kills_the_child(main: Callable[[str], Main]) -> None:
    if not gate.DEATH_BELT:
        pytest.skip("this machine has no setpriv")
    victim = main(f"tell(warden._child.pid); {SLEEPS}")
    guard, child = victim.number(), victim.number()
    os.kill(guard, signal.SIGKILL)
    victim.kill()
    assert soon(lambda: not runs(child))


def test_a_child_that_was_not_written_down_never_becomes_the_program(
    main: Callable[[str], Main], tmp_path: Path
) -> None:
    victim = main(f"""
from rehearsal.warden import gate
child = gate.start(['touch', {str(tmp_path / "ran")!r}], env=dict(os.environ))
tell(child.pid)
""")
    child = victim.number()
    victim.kill()
    assert soon(lambda: not runs(child))
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(not gate.DEATH_BELT, reason="this machine has no setpriv")
def test_a_child_whose_parent_died_before_it_had_its_belt_on_never_becomes_the_program(
    main: Callable[[str], Main], tmp_path: Path
) -> None:
    slow = tmp_path / "setpriv"
    slow.write_text(f'#!/bin/sh\nuntil [ -e {tmp_path}/on ]; do sleep 0.05; done\nexec {gate.DEATH_BELT} "$@"\n')
    slow.chmod(0o700)
    victim = main(f"""
from rehearsal.warden import gate
gate.DEATH_BELT = {str(slow)!r}
silent = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
child = gate.start(['touch', {str(tmp_path / "ran")!r}], env=dict(os.environ), **silent)
gate.let_go(child, subprocess.DEVNULL)
tell(child.pid)
""")
    child = victim.number()
    victim.kill()
    (tmp_path / "on").touch()
    assert soon(lambda: not runs(child))
    assert not (tmp_path / "ran").exists()


def test_folders_and_sockets_go(main: Callable[[str], Main], tmp_path: Path) -> None:
    folder, path = tmp_path / "state", tmp_path / "s"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "file").write_text("x")
    (folder / "deep").chmod(0o500)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
    victim = main(f"warden.folder({str(folder)!r}); warden.socket({str(path)!r}); tell(0)")
    victim.line()
    assert victim.kill() == ""
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_being_written_to_goes(main: Callable[[str], Main], tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    victim = main(f"""
warden.folder({str(folder)!r})
child = warden.spawn(['sh', '-c', 'i=0; while :; do i=$((i+1)); mkdir -p {folder}/$i; echo x >{folder}/$i/f; done'])
tell(child.pid)
""")
    victim.line()
    assert soon((folder / "50").exists)
    assert victim.kill() == ""
    assert not folder.exists()


def test_what_was_released_stays(main: Callable[[str], Main], tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    keep.mkdir()
    victim = main(f"""
warden.folder({str(keep)!r}); warden.release(Path({str(keep)!r}))
child = sleeper()
warden.group(child.pid); warden.process(child.pid); warden.release(child.pid)
tell(child.pid)
""")
    child = victim.number()
    victim.kill()
    assert keep.exists()
    assert runs(child)
    os.kill(child, signal.SIGKILL)


def test_a_number_that_was_given_out_again_is_left_alone(main: Callable[[str], Main]) -> None:
    victim = main("""
import rehearsal.warden.handle as handle
child = sleeper()
real, handle._started = handle._started, lambda pid: '1'
warden.group(child.pid); warden.process(child.pid)
tell(child.pid)
""")
    child = victim.number()
    victim.kill()
    assert runs(child)
    os.kill(child, signal.SIGKILL)


def test_what_cannot_be_removed_is_said(main: Callable[[str], Main]) -> None:
    victim = main("warden.container('abc', 'unix:///nowhere/docker.sock'); tell(0)")
    victim.line()
    said = victim.kill()
    assert "not cleaned up: containers of unix:///nowhere/docker.sock (abc) may be left" in said


def test_containers_of_an_engine_that_is_ours_need_no_removal(main: Callable[[str], Main], tmp_path: Path) -> None:
    victim = main(f"""
warden.folder({str(tmp_path / "engine")!r})
warden.label('a=b', 'unix://{tmp_path}/engine/docker.sock')
tell(0)
""")
    victim.line()
    assert victim.kill() == ""
