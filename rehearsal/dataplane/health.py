"""Health checks: real requests, judged as AWS judges them.

A target that has just been registered is healthy after one good check; one that became unhealthy needs the healthy
threshold. While a target is `initial` it is also asked between the regular checks, so that it serves as soon as it can.
Only the regular checks count as failures, so that a target has as much time to start as it would have on AWS.
"""

import asyncio
import re
import ssl
from collections.abc import Callable

from rehearsal.dataplane import reasons
from rehearsal.dataplane.snapshot import Endpoint, HealthCheck
from rehearsal.dataplane.target import unverified

QUICK = 0.1
STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r]")

Changed = Callable[[Endpoint, reasons.Verdict], None]


class Health:
    """The checks of one target."""

    def __init__(self, endpoint: Endpoint, changed: Changed) -> None:
        """Know nothing yet."""
        self.verdict = self._found = reasons.REGISTERING
        self._endpoint = endpoint
        self._changed = changed
        self._failures = 0
        self._successes = 0
        self._failing = False
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[None] | None = None

    @property
    def known(self) -> bool:
        """Whether a check has been passed or failed for good."""
        return self._found.state != "initial"

    def start(self, check: HealthCheck) -> None:
        """Check at once, and then at intervals."""
        self._task = self._loop.create_task(self._run(check))

    def stop(self) -> None:
        """Check no more."""
        if self._task is not None:
            self._task.cancel()

    def fail(self, *, failing: bool) -> None:
        """Say that the checks fail from now on, or say again what they find."""
        self._failing = failing
        self._say()

    async def _run(self, check: HealthCheck) -> None:
        while True:
            due = self._loop.time() + check.interval
            self._judge(check, await probe(self._endpoint, check), counts=True)
            while not self.known and self._loop.time() + QUICK < due:
                await asyncio.sleep(QUICK)
                self._judge(check, await probe(self._endpoint, check), counts=False)
            await asyncio.sleep(max(0, due - self._loop.time()))

    def _judge(self, check: HealthCheck, found: reasons.Verdict, *, counts: bool) -> None:
        if found.state == "healthy":
            self._failures = 0
            self._successes += 1
            if not self.known or self._successes >= check.healthy:
                self._decide(found)
            return
        self._successes = 0
        self._failures += counts
        if self._failures >= check.unhealthy or self._found.state == "unhealthy":
            self._decide(found)
        elif not self.known:
            self._decide(reasons.CHECKING)

    def _decide(self, verdict: reasons.Verdict) -> None:
        self._found = verdict
        self._say()

    def _say(self) -> None:
        verdict = reasons.FAILED if self._failing else self._found
        if verdict != self.verdict:
            self.verdict = verdict
            self._changed(self._endpoint, verdict)


async def probe(endpoint: Endpoint, check: HealthCheck) -> reasons.Verdict:
    """Ask a target once."""
    try:
        async with asyncio.timeout(check.timeout):
            status = await _ask(endpoint.address, check.port or endpoint.port, check)
    except TimeoutError:
        return reasons.TIMED_OUT
    except (OSError, ssl.SSLError, EOFError, ValueError, asyncio.LimitOverrunError):
        return reasons.FAILED
    return reasons.HEALTHY if accepts(check.codes, status) else reasons.mismatch(status)


async def _ask(address: str, port: int, check: HealthCheck) -> int:
    context = unverified() if check.protocol == "HTTPS" else None
    reader, writer = await asyncio.open_connection(address, port, ssl=context)
    try:
        request = (
            f"GET {check.path} HTTP/1.1\r\nHost: {address}:{port}\r\nConnection: close\r\n"
            "User-Agent: ELB-HealthChecker/2.0\r\nAccept-Encoding: gzip, compressed\r\n\r\n"
        )
        writer.write(request.encode("latin-1"))
        status = STATUS.match(await reader.readuntil(b"\r\n"))
        if status is None:
            raise ValueError("the answer is not HTTP")
        return int(status[1])
    finally:
        writer.transport.abort()


def accepts(codes: str, status: int) -> bool:
    """Whether a matcher such as `200,301-308` names the status."""
    ranges = (part.strip().partition("-") for part in codes.split(","))
    return any(int(first) <= status <= int(last or first) for first, _, last in ranges)
