"""One process of a function, which serves one invocation after another."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rehearsal.functions.configuration import Configuration, command, environment

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

# Credentials last an hour; a process is replaced before.
LIFETIME = 1800.0
# AWS gives ten seconds; machines that rehearse are slower and busier.
INIT_SECONDS = 30.0
CHUNK = 1 << 16


@dataclass
class Outcome:
    """What came of an invocation: a result, the function's own error, or neither if its process ended."""

    message: dict[str, Any] | None
    output: str
    timed_out: bool = False
    exit_status: int | None = None


@dataclass
class _Received:
    output: bytearray = field(default_factory=bytearray)
    result: bytearray = field(default_factory=bytearray)
    ended: bool = False


class Sandbox:
    """A process, from its start to its end."""

    def __init__(self, cloud: Cloud, configuration: Configuration) -> None:
        """Start the process; `begin` waits until its handler is there."""
        self.configuration = configuration
        self.stream = f"{datetime.now(UTC):%Y/%m/%d}/[{configuration.version}]{secrets.token_hex(16)}"
        self._warden = cloud.warden
        self._results, written = os.pipe()
        try:
            variables = environment(cloud, configuration, self.stream, written)
            self._process = cloud.warden.spawn(
                command(configuration),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=variables,
                cwd=variables["LAMBDA_TASK_ROOT"],
                pass_fds=(written,),
                tag="functions",
            )
        except BaseException:
            os.close(self._results)
            raise
        finally:
            os.close(written)
        self.pid = self._process.pid
        self._born = time.monotonic()
        for pipe in (self._results, self._output):
            os.set_blocking(pipe, False)

    @property
    def _output(self) -> int:
        assert self._process.stdout  # noqa: S101 - asked for above
        return self._process.stdout.fileno()

    @property
    def is_usable(self) -> bool:
        """Say whether it may serve another invocation."""
        return self._process.poll() is None and time.monotonic() - self._born < LIFETIME

    def begin(self) -> Outcome:
        """Wait until the handler has been imported."""
        return self._receive(INIT_SECONDS)

    def invoke(self, call: dict[str, Any], seconds: float) -> Outcome:
        """Hand over one event and wait for what comes of it."""
        assert self._process.stdin  # noqa: S101 - asked for above
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(call).encode() + b"\n")
            self._process.stdin.flush()
        return self._receive(seconds)

    def kill(self) -> None:
        """End the process and everything that it started; whoever waits for it is told."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process and give back what belongs to it."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        if self._results >= 0:
            os.close(self._results)
            self._results = -1
        self._warden.release(self.pid)

    def _receive(self, seconds: float) -> Outcome:
        received, deadline = _Received(), time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._results, selectors.EVENT_READ, received.result)
            selector.register(self._output, selectors.EVENT_READ, received.output)
            while not received.ended and not received.result.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left <= 0:
                    return Outcome(None, self._drained(received), timed_out=True)
                for key, _ in selector.select(left):
                    self._take(selector, key, received)
        output = self._drained(received)
        if not received.result.endswith(b"\n"):
            return Outcome(None, output, exit_status=self._status())
        return Outcome(json.loads(received.result), output)

    def _take(self, selector: selectors.BaseSelector, key: selectors.SelectorKey, received: _Received) -> None:
        chunk = os.read(key.fd, CHUNK)
        key.data.extend(chunk)
        if not chunk:
            selector.unregister(key.fd)
            # Without the pipe of results no result can come; its output may be closed at will.
            received.ended = received.ended or key.fd == self._results

    def _drained(self, received: _Received) -> str:
        """Return all output so far: what was printed before the result is in the pipe already."""
        with contextlib.suppress(BlockingIOError):
            while chunk := os.read(self._output, CHUNK):
                received.output.extend(chunk)
        return received.output.decode(errors="replace")

    def _status(self) -> int:
        try:
            return self._process.wait(1)
        except subprocess.TimeoutExpired:
            # It closed the pipe and lives on: of no use to us.
            self.kill()
            return self._process.wait()
