"""Invoking functions: the request, the process that serves it, and the lines it leaves in the log."""

from __future__ import annotations

import json
import math
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.functions import configuration as configurations
from rehearsal.functions.faults import EXIT_STATUS, Faults
from rehearsal.functions.output import Output
from rehearsal.functions.pool import Pool

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.functions.configuration import Configuration
    from rehearsal.functions.sandbox import Outcome, Sandbox


@dataclass(frozen=True)
class Answer:
    """What the caller gets: the handler's result, or the error in AWS's shape."""

    payload: str
    failed: bool
    log: str


class Fleet:
    """All functions of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        """Start without a process."""
        self.cloud = cloud
        self.faults = Faults()
        self.output = Output(cloud)
        self._pool = Pool(cloud)

    def invoke(
        self, function: Any, payload: str, *, client_context: Any = None, request_id: str = "", patient: bool = False
    ) -> Answer:
        """Run the function once; raises ThrottledError if too many of it run."""
        request = request_id or str(uuid.uuid4())
        configuration = self._configuration(function)
        sandbox, warm = self._pool.take(configuration, _limit(function), patient=patient)
        call = {"request_id": request, "arn": function.function_arn, "payload": payload}
        call["client_context"] = client_context
        usable = False
        try:
            outcome, lines = self._serve(sandbox, call, warm=warm)
            # Whatever the handler answered, its process goes on; one that did not get as far as the handler has ended.
            usable = outcome.message is not None
        finally:
            self._pool.give(sandbox, usable=usable)
        if outcome.exit_status == EXIT_STATUS and configuration.kill_at:
            self.faults.struck(configuration.name, configuration.kill_at)
        self.output.write(configuration, sandbox.stream, lines)
        return _answer(outcome, request, lines, configuration)

    def retire(self, function: Any) -> None:
        """End the waiting processes of a function."""
        self._pool.retire(function.region, function.function_name)

    def stop(self) -> None:
        """End all processes."""
        self._pool.stop()

    def _configuration(self, function: Any) -> Configuration:
        backend = self.cloud.backend("lambda", function.region)
        layers = [backend.layers_versions_by_arn(layer["Arn"]).code_bytes for layer in function.layers]
        return configurations.of(function, layers, self.faults.plan(function.function_name))

    def _serve(self, sandbox: Sandbox, call: dict[str, Any], *, warm: bool) -> tuple[Outcome, str]:
        timeout, preamble, init, begun = sandbox.configuration.timeout, "", "", None
        started = time.monotonic()
        if not warm:
            begun = sandbox.begin()
            preamble = f"INIT_START Runtime Version: {sandbox.configuration.runtime}\n{begun.output}"
            init = f"Init Duration: {(time.monotonic() - started) * 1000:.2f} ms\t"
            started = time.monotonic()
        if begun and "ready" not in (begun.message or {}):
            outcome, printed = begun, ""
        else:
            outcome = sandbox.invoke({**call, "deadline": time.time() + timeout}, timeout)
            printed = outcome.output
        printed += _ending(outcome, call["request_id"], timeout)
        spent = (time.monotonic() - started) * 1000
        return outcome, preamble + _framed(sandbox, call["request_id"], printed, spent, init)


def _framed(sandbox: Sandbox, request: str, printed: str, spent: float, init: str) -> str:
    configuration = sandbox.configuration
    if printed and not printed.endswith("\n"):
        printed += "\n"
    return (
        f"START RequestId: {request} Version: {configuration.version}\n{printed}END RequestId: {request}\n"
        f"REPORT RequestId: {request}\tDuration: {spent:.2f} ms\tBilled Duration: {math.ceil(spent)} ms\t"
        f"Memory Size: {configuration.memory} MB\tMax Memory Used: {_peak(sandbox.pid)} MB\t{init}\n"
    )


def _ending(outcome: Outcome, request: str, timeout: int) -> str:
    if outcome.timed_out:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        return f"{moment}Z {request} Task timed out after {timeout}.00 seconds\n\n"
    if outcome.exit_status is not None:
        return f"RequestId: {request} Error: {_exited(outcome.exit_status)}\nRuntime.ExitError\n"
    return ""


def _exited(status: int) -> str:
    return f"Runtime exited with error: {f'signal: {-status}' if status < 0 else f'exit status {status}'}"


def _answer(outcome: Outcome, request: str, lines: str, configuration: Configuration) -> Answer:
    if outcome.message and "result" in outcome.message:
        return Answer(outcome.message["result"], failed=False, log=lines)
    if outcome.message and "error" in outcome.message:
        shape = outcome.message["error"]
    elif outcome.timed_out:
        text = f"RequestId: {request} Error: Task timed out after {configuration.timeout}.00 seconds"
        shape = {"errorType": "Sandbox.Timedout", "errorMessage": text}
    else:
        text = f"RequestId: {request} Error: {_exited(outcome.exit_status or 0)}"
        shape = {"errorType": "Runtime.ExitError", "errorMessage": text}
    return Answer(json.dumps(shape), failed=True, log=lines)


def _peak(pid: int) -> int:
    """Return the most memory that the process had at once, where the kernel tells."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    found = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0]) // 1024 if found else 0


def _limit(function: Any) -> int | None:
    reserved = function.reserved_concurrency
    return None if reserved is None else int(reserved)
