"""The engine as a process: how it starts, and that nothing is left of it however it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from rehearsal.engine.choose import EngineGoneError, NoEngineError, answering, ask, choose
from rehearsal.engine.handle import EmbeddedEngine
from rehearsal.warden import processes

from .conftest import Site, soon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.warden.handle import Warden

ROOT = Path(__file__).resolve().parents[3]
# Leaves its group and its session, and does not end when it is asked to.
RUNAWAY = "trap '' TERM; /bin/busybox setsid /bin/busybox sleep 1000 & echo $!; wait; sleep 1000"


class Own:
    """An engine of a test's own, with a container that does not want to end."""

    def __init__(self, folder: Path, busybox: Path) -> None:
        self.socket = folder / "e.sock"
        self.root = folder / "state"
        self.process = start(self.socket, self.root)
        assert self.process.stdout
        assert self.process.stdout.readline() == f"DOCKER_HOST=unix://{self.socket}\n"
        self.site = Site("embedded", f"unix://{self.socket}")
        self.image = self.site.image("FROM scratch\nCOPY busybox /bin/\n", {"busybox": busybox})
        container = self.site.run(self.image, ["/bin/busybox", "sh", "-c", RUNAWAY])
        soon(container.logs)
        container.reload()
        self.pids = [container.attrs["State"]["Pid"], int(container.logs())]

    def is_gone(self) -> bool:
        return not any((found := processes.look_up(pid)) and not found.ended for pid in self.pids)


def start(path: Path, root: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "rehearsal.engine", "--socket", str(path), "--root", str(root)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


@pytest.fixture
def own(tmp_path: Path, busybox: Path) -> Iterator[Own]:
    engine = Own(tmp_path, busybox)
    yield engine
    engine.site.client.close()
    if engine.process.poll() is None:
        engine.process.kill()
    engine.process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_orderly_end_leaves_nothing(own: Own, number: int) -> None:
    own.process.send_signal(number)
    assert own.process.wait(20) == 0
    assert own.is_gone()
    assert not own.socket.exists()
    assert list((own.root / "containers").iterdir()) == []


def test_a_kill_takes_the_containers_along(own: Own) -> None:
    own.process.kill()
    own.process.wait()
    soon(own.is_gone)


def test_the_next_engine_begins_where_a_killed_one_ended(own: Own) -> None:
    own.process.kill()
    own.process.wait()
    soon(own.is_gone)
    assert own.socket.exists()
    again = start(own.socket, own.root)
    assert again.stdout
    again.stdout.readline()
    site = Site("embedded", f"unix://{own.socket}")
    assert site.client.images.get(own.image.tags[0]).id == own.image.id
    assert site.client.containers.list(all=True) == []
    site.client.close()
    again.terminate()
    again.communicate()


def test_two_engines_keep_out_of_each_others_way(own: Own, tmp_path: Path) -> None:
    for path, root, reason in (
        (own.socket, tmp_path / "other", f"Something listens on {own.socket} already"),
        (tmp_path / "other.sock", own.root, f"Another engine uses {own.root}"),
        (tmp_path / ("x" * 200), tmp_path / "other", "is too long for a socket"),
    ):
        second = start(path, root)
        _, complaint = second.communicate(timeout=20)
        assert second.returncode == 2
        assert reason in complaint


def test_nobody_else_may_talk_to_it(own: Own) -> None:
    assert own.socket.stat().st_mode & 0o077 == 0


# From the main process.


def test_a_handle_starts_and_ends_it(warden: Warden, tmp_path: Path) -> None:
    engine = EmbeddedEngine(warden, tmp_path / "state")
    assert ask(engine.docker_host).version
    engine.stop()
    assert ask(engine.docker_host).problem == "no such file or directory"


def test_a_long_folder_needs_no_long_socket(warden: Warden, tmp_path: Path) -> None:
    engine = EmbeddedEngine(warden, tmp_path / ("long" * 30) / "state")
    assert ask(engine.docker_host).version
    engine.stop()
    assert not Path(engine.docker_host.removeprefix("unix://")).parent.exists()


def test_the_main_process_takes_it_along(tmp_path: Path) -> None:
    main = f"""
import pathlib, signal
from rehearsal.engine.handle import EmbeddedEngine
from rehearsal.warden.handle import Warden
warden = Warden()
warden.folder({str(tmp_path / "state")!r})
print(EmbeddedEngine(warden, pathlib.Path({str(tmp_path / "state")!r})).pid, flush=True)
signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", main], stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        pid = int(process.stdout.readline())
        process.kill()
    soon(lambda: not (found := processes.look_up(pid)) or found.ended)
    soon(lambda: not list(tmp_path.iterdir()))


# Which one to use.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_docker_is_used_when_it_answers(
    real: Site, warden: Warden, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", real.docker_host)
    for wanted in ("auto", "docker"):
        chosen = choose(wanted, warden, folder)  # type: ignore[arg-type]  # one of the three words
        assert (chosen.kind, chosen.docker_host) == ("docker", real.docker_host)
        assert "answers on" in chosen.reason
        chosen.stop()
    assert not folder.exists()


def test_another_docker_may_be_named(
    embedded: Site, warden: Warden, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", embedded.docker_host)
    assert choose("auto", warden, folder).docker_host == embedded.docker_host


@pytest.mark.parametrize("docker_host", ["unix:///no/such.sock", "tcp://127.0.0.1:1", "ssh://host"])
def test_without_docker_the_embedded_one_is_used(
    warden: Warden, folder: Path, monkeypatch: pytest.MonkeyPatch, docker_host: str
) -> None:
    monkeypatch.setenv("DOCKER_HOST", docker_host)
    chosen = choose("auto", warden, folder)
    assert chosen.kind == "embedded"
    assert f"no Docker engine answers on {docker_host}" in chosen.reason
    assert ask(chosen.docker_host).version
    chosen.stop()
    with pytest.raises(NoEngineError, match=rf"No Docker engine answers on {docker_host} .*Start Docker, or point"):
        choose("docker", warden, folder)


def test_the_embedded_one_can_be_demanded(warden: Warden, folder: Path) -> None:
    chosen = choose("embedded", warden, folder)
    assert chosen.kind == "embedded"
    chosen.stop()


def test_an_engine_that_vanishes_is_one_clear_error(own: Own) -> None:
    client = own.site.client
    with answering(own.site.docker_host):
        assert client.ping()
    with pytest.raises(LookupError), answering(own.site.docker_host):
        raise LookupError
    own.process.kill()
    own.process.wait()
    with pytest.raises(EngineGoneError, match="no longer answers"), answering(own.site.docker_host):
        client.containers.list()


def test_an_answer_that_is_a_refusal_stays_one(embedded: Site) -> None:
    import docker  # noqa: PLC0415 - for this test alone

    with pytest.raises(docker.errors.NotFound), answering(embedded.docker_host):
        embedded.client.containers.get("none")


def test_the_environment_of_the_engine_is_not_the_containers(embedded: Site, busybox: Path) -> None:
    output = embedded.client.containers.run(embedded.shell(busybox), ["/bin/busybox", "env"], remove=True).decode()
    names = {line.partition("=")[0] for line in output.splitlines()}
    assert names <= {
        "PATH",
        "HOME",
        "HOSTNAME",
        "TMPDIR",
        "HOST",
        "BIND_HOST",
        "CONTAINER_ADDRESS",
        "PYTHONPATH",
        "NODE_OPTIONS",
        "PWD",
        "REHEARSAL_WARDEN",
    }
    assert os.environ["PATH"] in output
