"""The callers, from where we stand: told whom to call, and listened to."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any

from pipeline.rehearse.cloud import Place, surroundings
from traffic.errors import FlipsideError

CLIENTS = 7
SLOW_CLIENTS = 2
PATIENCE = 90.0
# Often enough to see when a version comes, without being a load.
PROBES = 20


@dataclass
class Ticker:
    """What has been counted on production so far."""

    requests: int = 0
    failed: int = 0
    rate: float = 0.0
    last_failure: str = ""


class Load:
    """The process that calls, and what it has seen."""

    def __init__(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pipeline.rehearse.callers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=surroundings({}),
            start_new_session=True,
        )
        self.ticker = Ticker()
        self._changed = threading.Condition()
        self._seen: dict[str, list[tuple[str, float]]] = {}
        self._answers: dict[str, Any] = {}
        self._ended = False
        self._listener = threading.Thread(target=self._listen, name="callers", daemon=True)
        self._listener.start()

    def __enter__(self) -> "Load":
        """Use it."""
        return self

    def __exit__(self, *unused: object) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._listener.join(PATIENCE)
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                stream.close()

    def call(self, name: str, place: Place, path: str, *, rate: float, clients: int = CLIENTS) -> None:
        """Begin to call an address, so many times a second; 0 is as soon as the last call is over."""
        where = {"host": place.host, "port": place.port, "path": path}
        self._order({"call": name, **where, "clients": clients, "rate": rate})

    def probe(self, name: str, place: Place, path: str) -> None:
        """Look at an address again and again, to see when a version comes."""
        self.call(name, place, path, rate=PROBES, clients=1)

    def period(self, name: str) -> float:
        """Begin another period, and return when."""
        self._order({"period": name})
        return float(self._answer(f"began {name}"))

    def report(self) -> dict[str, Any]:
        """End all calls and return what was counted."""
        self._order({"report": True})
        told: dict[str, Any] = self._answer("report")
        return told

    def seen(self, name: str, version: str, since: float = 0.0) -> float | None:
        """Return when an address first answered with a version after a moment, or None if it has not yet."""
        with self._changed:
            moments = [at for seen, at in self._seen.get(name, []) if seen == version and at >= since]
        return moments[0] if moments else None

    def answers_now(self, name: str) -> str:
        """Return the version that an address answered with last."""
        with self._changed:
            seen = self._seen.get(name, [])
        return seen[-1][0] if seen else ""

    def _order(self, order: dict[str, Any]) -> None:
        try:
            if self._process.stdin:
                self._process.stdin.write(json.dumps(order) + "\n")
                self._process.stdin.flush()
        except BrokenPipeError:
            raise FlipsideError("The process that calls production has ended by itself.") from None

    def _answer(self, name: str) -> Any:
        deadline = time.monotonic() + PATIENCE
        with self._changed:
            there = self._changed.wait_for(
                lambda: name in self._answers or self._ended, max(0.0, deadline - time.monotonic())
            )
            if not there or name not in self._answers:
                raise FlipsideError("The process that calls production does not answer.")
            return self._answers.pop(name)

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            message = json.loads(line)
            with self._changed:
                self._understand(message)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _understand(self, message: dict[str, Any]) -> None:
        if "tick" in message:
            self.ticker.requests, self.ticker.failed = message["tick"]["requests"], message["tick"]["failed"]
            self.ticker.rate = message["rate"]
        elif "seen" in message:
            self._seen.setdefault(message["seen"], []).append((message["version"], message["at"]))
        elif "failure" in message:
            if message["failure"] == "production":
                self.ticker.last_failure = message["why"]
        elif "began" in message:
            self._answers[f"began {message['began']}"] = message["at"]
        else:
            self._answers["report"] = message["report"]
