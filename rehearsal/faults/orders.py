"""Faults as they are ordered, listed and taken back at the control endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model
from werkzeug.exceptions import BadRequest, NotFound

from rehearsal.calls import MODELS
from rehearsal.faults import incidents
from rehearsal.faults.calls import Aim, CallFaults, Fault
from rehearsal.functions.seam import fleet
from rehearsal.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.cloud import Cloud

Order = dict[str, Any]
OF_CALLS = {"kind", "service", "operation", "role", "count", "after"}
FIELDS: dict[str, set[str]] = {
    "throttle": OF_CALLS,
    "deny": OF_CALLS,
    "delay": OF_CALLS | {"seconds"},
    "error": OF_CALLS | {"code", "message", "status", "when"},
    "kill-lambda": {"kind", "function", "call", "when"},
    "stop-task": {"kind", "cluster", "task", "service", "count", "reason"},
    "kill-task": {"kind", "cluster", "task", "service", "count", "reason"},
    "sicken-task": {"kind", "cluster", "task", "service", "count", "reason"},
    "unhealthy-target": {"kind", "target_group", "target", "port"},
}
SIGNED_AS = {model: service for service, model in MODELS.items()}
LAMBDA = "lambda-"
# One that is ordered without a number strikes once.
ONCE = 1


class Orders:
    """The faults of one cloud."""

    def __init__(self, cloud: Cloud) -> None:
        """Start with none."""
        self._cloud = cloud
        self._unhealthy = incidents.Unhealthy(cloud)

    def order(self, given: Order) -> Order:
        """Let something go wrong."""
        kind = given.get("kind")
        if kind not in FIELDS:
            raise BadRequest(f"'kind' is {kind!r}; it has to be one of {', '.join(sorted(FIELDS))}.")
        strange = set(given) - FIELDS[kind]
        if strange:
            known = ", ".join(sorted(FIELDS[kind]))
            raise BadRequest(f"A fault of the kind {kind} has no {', '.join(sorted(strange))}; it has {known}.")
        act: Callable[[Order], Order] = getattr(self, f"_{kind.replace('-', '_')}", self._call)
        return act(given)

    def listed(self) -> list[Order]:
        """Return what stands."""
        kills = {f"{LAMBDA}{name}": _kill(name, place) for name, place in fleet().faults.listed().items()}
        found = {**self._calls.listed(), **kills, **self._unhealthy.listed()}
        return [{"id": name, **fault} for name, fault in found.items()]

    def clear(self, name: str = "") -> list[str]:
        """Take back one fault or all, and return the names of those."""
        names = [name] if name else [fault["id"] for fault in self.listed()]
        gone = [each for each in names if self._remove(each)]
        if name and not gone:
            raise NotFound(f"There is no fault {name}.")
        return gone

    @property
    def _calls(self) -> CallFaults:
        if self._cloud.faults is None:
            raise NotFound("This server makes no faults.")
        return self._cloud.faults

    def _remove(self, name: str) -> bool:
        function = name.removeprefix(LAMBDA)
        if name.startswith(LAMBDA) and function in fleet().faults.listed():
            fleet().faults.clear(function)
            return True
        return self._calls.remove(name) or self._unhealthy.remove(name)

    def _call(self, given: Order) -> Order:
        seconds = given.get("seconds", 0)
        if given["kind"] == "delay" and (not isinstance(seconds, int | float) or not 0 < seconds <= 900):
            raise BadRequest("'seconds' is a number above 0, up to 900.")
        refusal = None
        if given["kind"] == "error":
            status = _number(given, "status", 500, 400)
            refusal = Refusal(_text(given, "code"), str(given.get("message", "A fault on purpose.")), status or 500)
        fault = Fault(
            given["kind"],
            _aim(given),
            passes=_number(given, "after", 0, 0) or 0,
            count=_number(given, "count", ONCE, 1) if given.get("count", ONCE) is not None else None,
            seconds=float(seconds),
            refusal=refusal,
            done=_when(given) == "after",
        )
        return {"id": self._calls.add(fault), **fault.told()}

    def _kill_lambda(self, given: Order) -> Order:
        function, call = _text(given, "function"), _number(given, "call", 1, 1) or 1
        incidents.kill_function(function, call, "after" if _when(given) == "after" else "before")
        return {"id": f"{LAMBDA}{function}", **_kill(function, f"{_when(given)}:{call}")}

    def _stop_task(self, given: Order) -> Order:
        return self._each_task(given, incidents.stop_task)

    def _kill_task(self, given: Order) -> Order:
        return self._each_task(given, incidents.kill_task)

    def _sicken_task(self, given: Order) -> Order:
        return self._each_task(given, incidents.sicken_task)

    def _each_task(self, given: Order, act: Callable[[Cloud, str, str, str], None]) -> Order:
        cluster, reason = _text(given, "cluster"), str(given.get("reason", "A fault on purpose."))
        if bool(given.get("task")) == bool(given.get("service")):
            raise BadRequest("Name either a 'task' or the 'service' whose tasks are meant.")
        if given.get("task"):
            meant = [_text(given, "task")]
        else:
            count = _number(given, "count", ONCE, 1)
            meant = incidents.tasks(self._cloud, cluster, _text(given, "service"), count)
        if not meant:
            raise BadRequest(f"The service {given['service']} has no running task.")
        for task in meant:
            act(self._cloud, cluster, task, reason)
        return {"kind": given["kind"], "tasks": meant}

    def _unhealthy_target(self, given: Order) -> Order:
        port = _number(given, "port", None, 1)
        name = self._unhealthy.add(_text(given, "target_group"), str(given.get("target", "")), port)
        return {"id": name, **self._unhealthy.listed()[name]}


def _aim(given: Order) -> Aim:
    service, operation = str(given.get("service", "")), str(given.get("operation", ""))
    if operation and not service:
        raise BadRequest("Name the 'service' of the operation, too.")
    if service:
        _require_known(MODELS.get(service, service), operation)
    return Aim(SIGNED_AS.get(service, service), operation, str(given.get("role", "")))


def _require_known(service: str, operation: str) -> None:
    try:
        model = get_service_model(service)
    except UnknownServiceError:
        raise BadRequest(f"There is no service '{service}'.") from None
    if operation and operation not in model.operation_names:
        raise BadRequest(f"The service {service} has no operation '{operation}'.")


def _kill(function: str, place: str) -> Order:
    when, _, call = place.partition(":")
    return {"kind": "kill-lambda", "function": function, "call": int(call), "when": when}


def _when(given: Order) -> str:
    when = str(given.get("when", "before"))
    if when not in ("before", "after"):
        raise BadRequest("'when' is 'before' or 'after'.")
    return when


def _number(given: Order, name: str, usual: int | None, least: int) -> int | None:
    value = given.get(name, usual)
    if value is usual:
        return usual
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise BadRequest(f"'{name}' is a whole number from {least} on.")
    return value


def _text(given: Order, name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"'{name}' is missing.")
    return value
