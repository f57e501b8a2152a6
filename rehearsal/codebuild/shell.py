"""The one shell of a build, which runs its commands one after another."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rehearsal.warden.handle import Warden

# The shell reads the names of files with commands, runs each as its own, and tells how it ended. Commands see neither
# our pipe (8) nor our list (0). What the shell knows at its end is written down, for a shell that takes its place.
DRIVER = """
exec 8>"$REHEARSAL_STATUS"
trap 'env -0 > "$REHEARSAL_VARIABLES"' EXIT
while IFS= read -r REHEARSAL_COMMAND; do
  . "$REHEARSAL_COMMAND" </dev/null 8>&-
  echo $? >&8
done
"""
HIDDEN = ("REHEARSAL_STATUS", "REHEARSAL_VARIABLES", "REHEARSAL_COMMAND", "_", "SHLVL", "OLDPWD")
CHUNK = 1 << 16


class StoppedError(Exception):
    """The build was stopped, or its time is up, while a command ran."""


@dataclass
class Limits:
    """When a build has to end: at a moment, or when the pipe is written to."""

    deadline: float
    stop: int


class Shell:
    """A shell from the build's first command to its last; one that a command ends is replaced."""

    def __init__(
        self, warden: Warden, program: str, folder: Path, variables: dict[str, str], tell: Callable[[bytes], None]
    ) -> None:
        """Take where to start and whom to tell what is printed."""
        self._warden = warden
        self._program = program
        self._folder = folder
        self._tell = tell
        self._count = 0
        self._home = ""
        self.variables = variables
        self._process: subprocess.Popen[bytes] | None = None
        self._status = -1

    def begin(self, where: Path) -> None:
        """Start in this folder."""
        self._home = str(where)
        self._start()

    def run(self, command: str, limits: Limits) -> int:
        """Run a command and return its exit status."""
        self._count += 1
        file = self._folder / f"command-{self._count}"
        file.write_text(command + "\n", encoding="utf-8")
        process = self._alive()
        assert process.stdin  # noqa: S101 - asked for below
        # A shell that is gone is noticed by what it does not say any more.
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(f"{file}\n".encode())
            process.stdin.flush()
        return self._wait(process, limits)

    def end(self) -> dict[str, str]:
        """End the shell and all that it started; return the variables as they are at the end."""
        process = self._process
        if process is None:
            return self.variables
        assert process.stdin  # noqa: S101 - asked for below
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
        self.kill()
        self._read_variables()
        return self.variables

    def kill(self) -> None:
        """End the shell and all that it started, at once."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        os.close(self._status)
        self._warden.release(self._process.pid)
        self._process = None

    def _alive(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._start()
        assert self._process  # noqa: S101 - just started
        return self._process

    def _start(self) -> None:
        status, variables = self._folder / "status", self._folder / "variables"
        status.unlink(missing_ok=True)
        os.mkfifo(status)
        self._status = os.open(status, os.O_RDONLY | os.O_NONBLOCK)
        told = {"REHEARSAL_STATUS": str(status), "REHEARSAL_VARIABLES": str(variables)}
        self._process = self._warden.spawn(
            [self._program, "-c", DRIVER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self.variables, **told},
            cwd=self._home,
            tag="codebuild",
        )
        assert self._process.stdout  # noqa: S101 - asked for above
        os.set_blocking(self._process.stdout.fileno(), False)

    def _wait(self, process: subprocess.Popen[bytes], limits: Limits) -> int:
        assert process.stdout  # noqa: S101 - asked for above
        output, told = process.stdout.fileno(), b""
        with selectors.DefaultSelector() as selector:
            for source in (output, self._status, limits.stop):
                selector.register(source, selectors.EVENT_READ)
            while not told.endswith(b"\n"):
                ready = [key.fd for key, _ in selector.select(max(0, limits.deadline - time.monotonic()))]
                if limits.stop in ready or not ready:
                    raise StoppedError
                if output in ready and not self._pass_on(output):
                    selector.unregister(output)
                if self._status in ready:
                    chunk = os.read(self._status, CHUNK)
                    told += chunk
                    if not chunk:
                        return self._replaced(process)
        self._drain(output)
        return int(told)

    def _pass_on(self, output: int) -> bool:
        chunk = os.read(output, CHUNK)
        if chunk:
            self._tell(chunk)
        return bool(chunk)

    def _drain(self, output: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._pass_on(output):
                pass

    def _replaced(self, process: subprocess.Popen[bytes]) -> int:
        """Take note of a shell that a command ended, so that the next command gets another."""
        assert process.stdout  # noqa: S101 - asked for above
        status = process.wait()
        self._drain(process.stdout.fileno())
        self.kill()
        self._read_variables()
        return status if status >= 0 else 128 - status

    def _read_variables(self) -> None:
        file = self._folder / "variables"
        if file.exists():
            pairs = file.read_bytes().decode(errors="replace").split("\0")
            found = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
            self.variables = {name: value for name, value in found.items() if name not in HIDDEN}
            file.unlink()
