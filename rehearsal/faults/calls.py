"""Faults of calls to the API."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from rehearsal.faults.words import forbidden, throttled
from rehearsal.iam.principals import ExpiredError, caller

if TYPE_CHECKING:
    from rehearsal.calls import Call
    from rehearsal.cloud import Cloud
    from rehearsal.refusals import Refusal

Kind = Literal["throttle", "delay", "deny", "error"]


@dataclass(frozen=True)
class Aim:
    """Which calls a fault is meant for; what is empty does not matter."""

    service: str = ""
    operation: str = ""
    role: str = ""

    def hits(self, call: Call, who: str) -> bool:
        """Say whether a call is meant."""
        if (self.service and call.service != self.service) or (self.operation and call.operation != self.operation):
            return False
        # A session's ARN has the name of its role, not the role's path.
        return not self.role or self.role.rsplit("/", 1)[-1] in who.split("/")


@dataclass
class Fault:
    """Something that goes wrong with some calls."""

    kind: Kind
    aim: Aim
    # How many calls it lets pass first, and how many it strikes; none means all that follow.
    passes: int = 0
    count: int | None = 1
    seconds: float = 0
    refusal: Refusal | None = None
    done: bool = False
    struck: int = field(default=0, init=False)
    seen: int = field(default=0, init=False)

    def strikes(self) -> bool:
        """Count a call that is meant, and say whether it is this one's turn."""
        self.seen += 1
        if self.seen <= self.passes or (self.count is not None and self.struck >= self.count):
            return False
        self.struck += 1
        return True

    def told(self) -> dict[str, Any]:
        """Return it for JSON."""
        whom = {"service": self.aim.service, "operation": self.aim.operation, "role": self.aim.role}
        more: dict[str, Any] = {"count": self.count, "after": self.passes, "struck": self.struck}
        if self.kind == "delay":
            more["seconds"] = self.seconds
        if self.refusal:
            more |= {"code": self.refusal.code, "message": self.refusal.message, "when": _when(done=self.done)}
        return {"kind": self.kind, **{name: value for name, value in whom.items() if value}, **more}


@dataclass(frozen=True)
class Stroke:
    """What happens to one call: how it is answered, and whether it is done before."""

    refusal: Refusal
    done: bool = False


class CallFaults:
    """All faults of calls."""

    def __init__(self, cloud: Cloud) -> None:
        """Start with none."""
        self._cloud = cloud
        self._faults: dict[str, Fault] = {}
        self._numbers = itertools.count(1)
        self._guard = threading.Lock()

    def add(self, fault: Fault) -> str:
        """Let something go wrong, and return the name of that."""
        with self._guard:
            name = f"call-{next(self._numbers)}"
            self._faults[name] = fault
            return name

    def remove(self, name: str) -> bool:
        """Let it go wrong no more, and say whether it was going to."""
        with self._guard:
            return self._faults.pop(name, None) is not None

    def listed(self) -> dict[str, dict[str, Any]]:
        """Return what goes wrong, by name."""
        with self._guard:
            return {name: fault.told() for name, fault in self._faults.items()}

    def stroke(self, call: Call) -> Stroke | None:
        """Return what happens to a call, after the delays that are meant for it."""
        if not self._faults:
            return None
        who = self._caller(call)
        with self._guard:
            struck = [fault for fault in self._faults.values() if fault.aim.hits(call, who) and fault.strikes()]
            spent = [name for name, fault in self._faults.items() if fault.struck == fault.count]
            for name in spent:
                del self._faults[name]
        for fault in struck:
            if fault.kind == "delay":
                # The end of everything is not waited for.
                self._cloud.workers.stopping.wait(fault.seconds)
        answers = [fault for fault in struck if fault.kind != "delay"]
        return self._answer(answers[0], call, who) if answers else None

    def _answer(self, fault: Fault, call: Call, who: str) -> Stroke:
        if fault.kind == "throttle":
            return Stroke(throttled(call))
        if fault.refusal is None:
            return Stroke(forbidden(call, who, self._cloud.account))
        return Stroke(fault.refusal, fault.done)

    def _caller(self, call: Call) -> str:
        try:
            who = caller(self._cloud.account, call.key)
        except ExpiredError:
            who = None
        return who.arn if who else f"arn:aws:iam::{self._cloud.account}:root"


def _when(*, done: bool) -> str:
    return "after" if done else "before"
