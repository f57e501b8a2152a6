"""`python -m pipeline.rehearse.callers`: the process."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from pipeline.rehearse.callers.exchange import CutError, Line
from pipeline.rehearse.callers.tally import Period, Tally

# Longer than the load balancer waits before it answers 504, so that its answer is what is counted.
PATIENCE = 65.0
TICK = 0.25
BROKEN = (OSError, CutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError)


@dataclass
class Target:
    """What is called, and the tasks that call it."""

    name: str
    tally: Tally = field(default_factory=Tally)
    callers: list[asyncio.Task[None]] = field(default_factory=list)
    calling: bool = True


@dataclass
class Callers:
    """Everybody who calls."""

    targets: dict[str, Target] = field(default_factory=dict)

    async def serve(self) -> None:
        """Follow orders until there will be no more."""
        ticking = asyncio.create_task(self._tick())
        async for order in _orders():
            await self._follow(order)
        ticking.cancel()
        await asyncio.gather(*(self._hush(target) for target in self.targets.values()))

    async def _follow(self, order: dict[str, Any]) -> None:
        if "call" in order:
            self._call(order)
        elif "period" in order:
            for target in self.targets.values():
                target.tally.begin(order["period"])
            _tell({"began": order["period"], "at": time.monotonic()})
        else:
            await asyncio.gather(*(self._hush(target) for target in self.targets.values()))
            _tell({"report": {name: target.tally.report() for name, target in self.targets.items()}})

    def _call(self, order: dict[str, Any]) -> None:
        target = self.targets.setdefault(order["call"], Target(order["call"]))
        target.calling = True
        pause = order["clients"] / order["rate"] if order["rate"] else 0.0
        for number in range(order["clients"]):
            # One of them takes a new connection each time, as most of the world's clients do.
            line = Line(order["host"], order["port"], order["path"], kept=number > 0 or order["clients"] == 1)
            late = pause * number / order["clients"]
            target.callers.append(asyncio.create_task(_calls(target, line, pause, late)))

    async def _hush(self, target: Target) -> None:
        target.calling = False
        await asyncio.gather(*target.callers)
        target.callers.clear()

    async def _tick(self) -> None:
        before, then = 0, time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            if target := self.targets.get("production"):
                totals, now = target.tally.totals(), time.monotonic()
                _tell({"tick": totals, "rate": (totals["requests"] - before) / (now - then)})
                before, then = totals["requests"], now


async def _calls(target: Target, line: Line, pause: float, late: float) -> None:
    due = time.monotonic() + late
    while target.calling:
        await asyncio.sleep(due - time.monotonic())
        began = time.monotonic()
        # Whoever is late does not make up for it with a burst.
        due = max(due + pause, began)
        # Where the next call follows the last, it is the application that takes its time.
        await _once(target, line, began, timed=pause > 0)
    line.hang_up()


async def _once(target: Target, line: Line, began: float, *, timed: bool) -> None:
    period = target.tally.now
    try:
        async with asyncio.timeout(PATIENCE):
            answer = await line.ask()
    except BROKEN as error:
        _failed(target, period, line, str(error) or type(error).__name__)
        return
    ended = time.monotonic()
    if not 200 <= answer.status <= 299:
        _failed(target, period, line, f"status {answer.status}")
        return
    period.answered(answer.version, began, ended)
    if timed:
        target.tally.seconds.append(ended - began)
    # An answer that was long under way is no news.
    if answer.version != target.tally.newest and began > target.tally.newest_since:
        target.tally.newest, target.tally.newest_since = answer.version, ended
        _tell({"seen": target.name, "version": answer.version, "at": ended})


def _failed(target: Target, period: Period, line: Line, why: str) -> None:
    period.broke(f"{line.path}: {why}")
    _tell({"failure": target.name, "why": f"{line.path}: {why}", "at": time.monotonic()})


async def _orders() -> AsyncIterator[dict[str, Any]]:
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


def _tell(message: dict[str, Any]) -> None:
    try:
        sys.stdout.write(json.dumps(message) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os._exit(1)


if __name__ == "__main__":
    asyncio.run(Callers().serve())
