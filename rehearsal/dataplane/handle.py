"""The main process's handle to the data plane."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from rehearsal.dataplane.bound import Bound
from rehearsal.dataplane.child import Child
from rehearsal.dataplane.counters import Counters
from rehearsal.dataplane.reasons import NOT_REGISTERED, Verdict
from rehearsal.dataplane.snapshot import Snapshot
from rehearsal.dataplane.wire import packed, unpacked

LOG = logging.getLogger("rehearsal.dataplane")
T = TypeVar("T")
# The child answers in milliseconds; this is for one that hangs.
PATIENCE = 15.0
# A child that dies this often within so many seconds is not started again.
CRASHES = 3
CRASH_WINDOW = 30.0


class DataPlaneError(RuntimeError):
    """The data plane cannot do what it was asked."""


class DataPlane:
    """Load balancers as real sockets, in a child process that is started again if it dies."""

    def __init__(self, on_start: Callable[[int], None] = lambda _: None) -> None:
        """Prepare; whoever has to know the child's process id is told each time one is started."""
        self._changed = threading.Condition()
        self.incidents: list[str] = []
        self._on_start = on_start
        self._child: Child | None = None
        self._stopping = True
        self._failure = ""
        self._seq = 0
        self._version = 0
        self._desired: dict[str, tuple[int, Snapshot]] = {}
        self._answers: dict[int, dict[str, Any]] = {}
        self._bound: dict[str, list[Bound]] = {}
        self._health: dict[str, dict[str, Verdict]] = {}
        self._drained: set[tuple[str, str]] = set()
        self._waiting: set[int] = set()
        self._crashes: list[float] = []

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._running().pid

    def start(self) -> None:
        """Start the child."""
        self._stopping = False
        self._launch()

    def stop(self) -> None:
        """End the child and with it every listener."""
        with self._changed:
            self._stopping = True
            child, self._child = self._child, None
            self._notify()
        if child is not None:
            child.stop()

    def apply(self, snapshot: Snapshot) -> dict[str, Bound]:
        """Put a snapshot in force, and return by listener where each listens or why it does not."""
        with self._changed:
            seq = self._next()
            self._desired[snapshot.scope] = seq, snapshot
            self._send({"kind": "apply", "seq": seq, "snapshot": packed(snapshot)})
        self._answer(seq)
        with self._changed:
            return {bound.listener: bound for bound in self._bound[snapshot.scope]}

    def listeners(self) -> list[Bound]:
        """Return where all listeners listen."""
        with self._changed:
            return [bound for scope in self._bound.values() for bound in scope]

    def health(self, group: str) -> dict[str, Verdict]:
        """Return what is known of a group's targets, by `address:port`; draining ones are among them."""
        with self._changed:
            return dict(self._health.get(group, {}))

    def drained(self, group: str, target: str) -> bool:
        """Whether a deregistered target has nothing under way any more, though its delay may not be over."""
        with self._changed:
            return (group, target) in self._drained or target not in self._health.get(group, {})

    def wait(self, happened: Callable[[], T], timeout: float) -> T:
        """Wait until something is truthy, looking whenever the data plane has spoken, and return what it is then."""
        deadline = time.monotonic() + timeout
        while True:
            with self._changed:
                seen = self._version
            # No lock is held while somebody else's question is asked: it may need locks of its own.
            answer = happened()
            left = deadline - time.monotonic()
            if answer or left <= 0:
                return answer
            with self._changed:
                self._changed.wait_for(lambda: self._version != seen, left)  # noqa: B023 called at once

    def counters(self) -> Counters:
        """Return what has been counted since the child was started."""
        with self._changed:
            seq = self._next()
            self._send({"kind": "count", "seq": seq})
        return unpacked(Counters, self._answer(seq)["counters"])

    def _launch(self) -> None:
        child = Child(self._heard, self._ended)
        self._on_start(child.pid)
        with self._changed:
            if self._stopping:
                child.stop()
                return
            self._child = child
            self._notify()
            for seq, snapshot in self._desired.values():
                child.send({"kind": "apply", "seq": seq, "snapshot": packed(snapshot)})
        child.listen()

    def _running(self) -> Child:
        with self._changed:  # one that has just died is being replaced
            self._changed.wait_for(lambda: self._child or self._stopping or self._failure, PATIENCE)
        if self._child is None:
            raise DataPlaneError(self._failure or "the data plane is not running")
        return self._child

    def _notify(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def _next(self) -> int:
        self._seq += 1
        self._waiting.add(self._seq)
        return self._seq

    def _send(self, message: dict[str, Any]) -> None:
        self._running().send(message)

    def _answer(self, seq: int) -> dict[str, Any]:
        with self._changed:
            self._changed.wait_for(lambda: seq in self._answers or self._failure or self._stopping, PATIENCE)
            self._waiting.discard(seq)
            answer = self._answers.pop(seq, None)
        if answer is None:
            raise DataPlaneError(self._failure or f"the data plane did not answer within {PATIENCE:.0f} s")
        if answer["kind"] == "failed":
            raise DataPlaneError(answer["error"])
        return answer

    def _heard(self, message: dict[str, Any]) -> None:
        with self._changed:
            self._understand(message)
            self._notify()

    def _understand(self, message: dict[str, Any]) -> None:
        kind = message["kind"]
        if kind == "health":
            self._note_health(message)
        elif kind == "drained":
            self._drained.add((message["group"], message["target"]))
        elif kind == "fault":
            LOG.error("data plane: %s", message["error"])
            self.incidents.append(message["error"])
        else:
            if kind == "applied":
                self._bound[message["scope"]] = [unpacked(Bound, bound) for bound in message["bound"]]
            if message["seq"] in self._waiting:
                self._answers[message["seq"]] = message

    def _note_health(self, message: dict[str, Any]) -> None:
        group, target = message["group"], message["target"]
        verdict = Verdict(message["state"], message["reason"], message["description"])
        if verdict.state != "draining":
            self._drained.discard((group, target))
        if verdict == NOT_REGISTERED:
            self._health.get(group, {}).pop(target, None)
        else:
            self._health.setdefault(group, {})[target] = verdict

    def _ended(self, status: int) -> None:
        """Start again after a crash, unless it crashes again and again."""
        with self._changed:
            if self._stopping:
                return
            self._child = None
            now = time.monotonic()
            self._crashes = [moment for moment in self._crashes if now - moment < CRASH_WINDOW] + [now]
            self.incidents.append(f"the data plane ended with status {status}")
            self._health.clear()
            self._drained.clear()
            # Snapshots are sent again to the next child; what else was asked has no answer.
            for seq in self._waiting - {seq for seq, _ in self._desired.values()}:
                self._answers[seq] = {"kind": "failed", "error": "the data plane ended before it answered"}
            if len(self._crashes) >= CRASHES:
                self._failure = f"the data plane ended {CRASHES} times, last with status {status}"
            self._notify()
        LOG.error("the data plane ended with status %s%s", status, "" if self._failure else "; starting it again")
        if not self._failure:
            self._launch()
