"""A container's own health check, as the image or the client asks for it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, Any

from rehearsal.engine import clock
from rehearsal.engine.errors import EngineError
from rehearsal.engine.instructions import SHELL

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.engine.command import Command
    from rehearsal.warden.handle import Warden

DEFAULTS = {"Interval": 30, "Timeout": 30, "StartPeriod": 0, "StartInterval": 5}
RETRIES = 3
REMEMBERED = 5
OUTPUT = 4096
TIMED_OUT = -1
CANNOT_RUN = 126
# What a check calls the container that it runs in, where containers have no network of their own.
SELF = ("localhost", "127.0.0.1", "[::1]")


class Health:
    """Checks a container until it is told to stop."""

    def __init__(
        self,
        check: dict[str, Any],
        prepare: Callable[[list[str]], Command],
        warden: Warden,
        tag: str,
        changed: Callable[[str], None],
    ) -> None:
        """Prepare; `prepare` says how an argument list runs in the container, `changed` hears of each new status."""
        self._check = check
        self._prepare = prepare
        self._warden = warden
        self._tag = tag
        self._changed = changed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"health-{tag}", daemon=True)
        self.status = "starting"
        self.failing_streak = 0
        self.log: list[dict[str, Any]] = []

    def begin(self) -> None:
        """Begin to check."""
        self._thread.start()

    def stop(self) -> None:
        """Stop checking."""
        self._stopping.set()

    def told(self) -> dict[str, Any]:
        """Return it as clients read it."""
        return {"Status": self.status, "FailingStreak": self.failing_streak, "Log": self.log[-REMEMBERED:]}

    def _watch(self) -> None:
        waited = 0.0
        while not self._stopping.wait(pause := self._pause(waited)):
            waited += pause
            begun = clock.stamp()
            code, output = self._probe()
            if self._stopping.is_set():
                return
            self.log.append({"Start": begun, "End": clock.stamp(), "ExitCode": code, "Output": output})
            self._judge(code, in_grace=waited < self._seconds("StartPeriod"))

    def _judge(self, code: int, *, in_grace: bool) -> None:
        self.failing_streak = 0 if code == 0 else self.failing_streak + (not in_grace)
        status = self.status
        if code == 0:
            status = "healthy"
        elif self.failing_streak >= (self._check.get("Retries") or RETRIES):
            status = "unhealthy"
        if status != self.status:
            self.status = status
            self._changed(status)

    def _probe(self) -> tuple[int, str]:
        try:
            command = self._prepare(self._argv())
        except EngineError as error:
            return CANNOT_RUN, str(error)
        address = command.env.get("CONTAINER_ADDRESS", "")
        child = self._warden.spawn(
            [_readdressed(argument, address) for argument in command.argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=command.env,
            cwd=command.folder,
            tag=self._tag,
        )
        timeout = self._seconds("Timeout")
        try:
            output, _ = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.communicate()
            return TIMED_OUT, f"Health check exceeded timeout ({timeout:g}s)"
        finally:
            self._warden.release(child.pid)
        return child.returncode, output[:OUTPUT].decode(errors="replace")

    def _argv(self) -> list[str]:
        kind, *rest = self._check["Test"]
        return [*SHELL, *rest] if kind == "CMD-SHELL" else rest

    def _pause(self, waited: float) -> float:
        in_grace = self.status == "starting" and waited < self._seconds("StartPeriod")
        interval = self._seconds("Interval")
        return min(interval, self._seconds("StartInterval")) if in_grace else interval

    def _seconds(self, key: str) -> float:
        given = self._check.get(key)
        return given / clock.NANOSECONDS if given else float(DEFAULTS[key])


def _readdressed(argument: str, address: str) -> str:
    for name in SELF if address else ():
        argument = argument.replace(name, address)
    return argument
