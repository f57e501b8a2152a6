"""What passes between a function and AWS: it can be watched, held up, refused or cut off at any call."""

import io
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

import urllib3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders


class Call(NamedTuple):
    """One call: its operation, what it is about, and the how-manieth of its kind it is."""

    operation: str
    about: str
    number: int

    def __str__(self) -> str:
        return " ".join(part for part in (self.operation, self.about, f"#{self.number}") if part)


def exactly(call: Call) -> Callable[[Call], bool]:
    """Whether a call is this one."""
    return lambda other: other == call


class Killed(BaseException):
    """The process is gone: nothing after this runs."""


class Fault:
    """Something that happens to calls; this one does nothing."""

    def before(self, call: Call) -> None:
        """Be told that a call is about to be made."""

    def reply(self, call: Call, attempt: int) -> tuple[int, str] | None:
        """Answer an attempt in AWS's stead, with an HTTP status and an error code."""

    def after(self, call: Call) -> None:
        """Be told that a call was answered."""


class Kill(Fault):
    """The function dies immediately before or after one call, and makes none after that."""

    def __init__(self, moment: str, is_it: Callable[[Call], bool]) -> None:
        self.moment, self.is_it = moment, is_it
        self.dead = False

    def before(self, call: Call) -> None:
        """Die before the call, or have died."""
        self._die("before", call)

    def after(self, call: Call) -> None:
        """Die after the call, or have died."""
        self._die("after", call)

    def _die(self, moment: str, call: Call) -> None:
        self.dead = self.dead or (moment == self.moment and self.is_it(call))
        if self.dead:
            raise Killed(str(call))


class Refuse(Fault):
    """AWS answers the first attempts of one call with an error."""

    def __init__(self, status: int, code: str, is_it: Callable[[Call], bool], times: int = 1) -> None:
        self.answer, self.is_it, self.times = (status, code), is_it, times

    def reply(self, call: Call, attempt: int) -> tuple[int, str] | None:
        """Refuse the first attempts."""
        return self.answer if self.is_it(call) and attempt <= self.times else None


class Delay(Fault):
    """Every call takes a while."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def reply(self, call: Call, attempt: int) -> None:
        """Take a while, then let AWS answer."""
        time.sleep(self.seconds)


class Wire:
    """The hooks on the clients of one function."""

    def __init__(self, clients: list[BaseClient], names: Mapping[str, str]) -> None:
        self.names = names
        self.fault = Fault()
        self.calls: list[Call] = []
        self.answered_at: dict[Call, float] = {}
        self._seen: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()
        self._this = threading.local()
        for client in clients:
            client.meta.events.register("before-call", self._before)
            client.meta.events.register_first("before-send", cast("Any", self._send))
            client.meta.events.register("after-call", self._after)

    def expect(self, fault: Fault) -> None:
        """Forget the calls so far, and let something happen to the next ones."""
        self.fault = fault
        self.calls.clear()
        self.answered_at.clear()
        self._seen.clear()

    def _before(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        body = params["body"]
        sent = body if isinstance(body, dict) else json.loads(body or "{}")
        about = next((self.names[value] for value in sent.values() if _is_name(value, self.names)), "")
        with self._lock:
            self._seen[model.name, about] += 1
            call = Call(model.name, about, self._seen[model.name, about])
            self.calls.append(call)
        # A call is made in one thread from its beginning to its end, retries included.
        self._this.call, self._this.attempt = call, 0
        self.fault.before(call)

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        self._this.attempt += 1
        reply = self.fault.reply(self._this.call, self._this.attempt)
        if reply is None:
            return None
        # Every hook is asked and the first answer counts: moto must not carry the call out behind this one's back.
        request.url = "https://refused.invalid/"
        return _answer(request.url, self._this.call.operation, *reply)

    def _after(self, **_: Any) -> None:
        call = self._this.call
        self.answered_at[call] = time.perf_counter()
        self.fault.after(call)


def _answer(url: str, operation: str, status: int, code: str) -> AWSResponse:
    said = f"{code} was injected into {operation}"
    if operation.startswith("PutJob"):
        body = json.dumps({"__type": code, "message": said})
    else:
        body = f"<ErrorResponse><Error><Code>{code}</Code><Message>{said}</Message></Error></ErrorResponse>"
    return AWSResponse(
        url, status, HTTPHeaders(), urllib3.HTTPResponse(io.BytesIO(body.encode()), preload_content=False)
    )


def _is_name(value: object, names: Mapping[str, str]) -> bool:
    return isinstance(value, str) and value in names
