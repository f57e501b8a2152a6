"""The main process's side of the warden."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import secrets
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.warden import gate, processes
from rehearsal.warden.cleaning import GRACE
from rehearsal.warden.ledger import Entry, Ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

LOG = logging.getLogger("rehearsal.warden")
PACKAGES = Path(__file__).resolve().parents[2]
# Longer than any clean-up takes: two graces, engines that do not answer, large folders.
PATIENCE = 120.0


class Warden:
    """What is told to it is gone when this process is, however it ends."""

    def __init__(self, grace: float = GRACE) -> None:
        """Start the warden; `grace` is how long a process may take to end when asked to."""
        self.mark = secrets.token_hex(8)
        self._grace = grace
        self._ledger = Ledger()
        self._guard = threading.Lock()
        self._stopped = False
        self._child = self._start()
        # The kernel kills a child when the thread that started it ends, so one thread that stays starts them all.
        self._starter = ThreadPoolExecutor(1, "warden-starter")

    def process(self, pid: int) -> None:
        """End this process."""
        self._keep(Entry("process", str(pid), _started(pid)))

    def group(self, pgid: int) -> None:
        """End all processes of this group."""
        if pgid == os.getpgrp():
            raise ValueError("That is our own process group: start the child in a new session.")
        self._keep(Entry("group", str(pgid), _started(pgid)))

    def folder(self, path: Path | str) -> None:
        """Remove this folder with all that is in it."""
        whole = Path(path).absolute()
        if whole in (Path.home(), Path.cwd()) or whole in Path.cwd().parents:
            raise ValueError(f"{whole} is not a folder to remove.")
        self._keep(Entry("folder", str(whole)))

    def socket(self, path: Path | str) -> None:
        """Remove this unix socket; containers of an engine that serves it end with the engine."""
        self._keep(Entry("socket", str(Path(path).absolute())))

    def container(self, container: str, docker_host: str) -> None:
        """Remove this container."""
        self._keep(Entry("container", container, docker_host=docker_host))

    def label(self, label: str, docker_host: str) -> None:
        """Remove all containers with this label (`name` or `name=value`), also those that are made later."""
        self._keep(Entry("label", label, docker_host=docker_host))

    def release(self, *names: int | str | Path) -> None:
        """Forget what was told by these numbers, paths or ids: it has ended, or is gone."""
        known = [str(name.absolute()) if isinstance(name, Path) else str(name) for name in names]
        with self._guard:
            self._ledger.release(known)
            if not self._stopped:
                self._tell({"release": known})

    def environment(self, tag: str = "") -> dict[str, str]:
        """Return what marks a child as ours; the tag tells one family of children from another."""
        return {processes.MARK: f"{self.mark}.{tag}"}

    def spawn(
        self,
        args: Sequence[str | Path],
        *,
        stdin: int = subprocess.DEVNULL,
        env: dict[str, str] | None = None,
        tag: str = "",
        **popen: Any,
    ) -> subprocess.Popen[Any]:
        """Start a program in a session of its own that cannot outlive us; takes `stdin=PIPE` and what `Popen` takes."""
        whole = {**(os.environ if env is None else env), **self.environment(tag)}
        return self._starter.submit(self._spawn, args, stdin, whole, popen).result()

    def module(self, name: str, *args: str | Path, **popen: Any) -> subprocess.Popen[Any]:
        """Start `python -m name`, a module of this package, wherever we run."""
        return self.spawn([sys.executable, "-m", name, *args], env=_environment(), **popen)

    def stop(self) -> list[str]:
        """Clean everything up now, and return in words what could not be removed."""
        with self._guard:
            if self._stopped:
                return []
            self._stopped = True
            told, _ = self._child.communicate(json.dumps({"clean": True}) + "\n", timeout=PATIENCE)
        self._starter.shutdown()
        left = json.loads(told) if told else ["everything: the warden had ended before"]
        for what in left:
            LOG.warning("not cleaned up: %s", what)
        return list(left)

    def _spawn(
        self, args: Sequence[str | Path], stdin: int, env: dict[str, str], popen: dict[str, Any]
    ) -> subprocess.Popen[Any]:
        child = gate.start(args, stdin=stdin, env=env, **popen)
        try:
            self.group(child.pid)
        except BaseException:
            child.kill()
            child.communicate()
            raise
        gate.let_go(child, stdin)
        return child

    def _keep(self, entry: Entry) -> None:
        with self._guard:
            if self._stopped:
                raise RuntimeError(f"The warden has stopped: {entry.kind} {entry.name} comes too late.")
            self._ledger.keep(entry)
            self._tell({"keep": entry.to_message()})

    def _tell(self, message: dict[str, Any]) -> None:
        try:
            self._write(message)
        except BrokenPipeError:
            LOG.warning("the warden was killed; another one takes its place")
            self._replace()

    def _write(self, message: dict[str, Any]) -> None:
        if self._child.stdin is None:
            raise BrokenPipeError
        self._child.stdin.write(json.dumps(message) + "\n")
        self._child.stdin.flush()

    def _replace(self) -> None:
        # Closing writes what is buffered, once more in vain.
        with contextlib.suppress(BrokenPipeError):
            self._child.communicate()
        self._child = self._start()
        for entry in self._ledger.entries():
            self._write({"keep": entry.to_message()})

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - this very package
            [sys.executable, "-m", "rehearsal.warden", self.mark, str(self._grace)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=_environment(),
            start_new_session=True,
        )


def _environment() -> dict[str, str]:
    """Return our environment, in which this package is found; without the mark of a warden further up."""
    inherited = {name: value for name, value in os.environ.items() if name != processes.MARK}
    found = [str(PACKAGES), *filter(None, [inherited.get("PYTHONPATH")])]
    return {**inherited, "PYTHONPATH": os.pathsep.join(found)}


def _started(pid: int) -> str:
    process = processes.look_up(pid)
    return process.started if process else ""
