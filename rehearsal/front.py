"""Where requests arrive: they pass the gate, and whatever breaks behind it becomes an error that clients understand."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler

from rehearsal import calls, control
from rehearsal.refusals import Refusal, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rehearsal.cloud import Cloud

LOG = logging.getLogger("rehearsal.requests")


class Handler(MotoRequestHandler):
    """Logs requests quietly."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Leave what the server prints to the log."""
        LOG.log(logging.WARNING if type == "error" else logging.DEBUG, message.rstrip(), *args)


class Front:
    """The application that the server serves."""

    def __init__(
        self,
        cloud: Cloud,
        services: Callable[[dict[str, Any], Any], Iterable[bytes]],
        told: Callable[[dict[str, Any], Any], Iterable[bytes]],
    ) -> None:
        """Pass on to the services what is for them, and the rest to `told`."""
        self._cloud = cloud
        self._services = services
        self._told = told

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        path = environ.get("PATH_INFO", "")
        if path == control.PATH or path.startswith(f"{control.PATH}/"):
            return self._told(environ, start_response)
        call = calls.understood(environ)
        try:
            refusal = self._refusal(call, environ) if call else None
            if refusal is None:
                return self._services(environ, start_response)
        except NotImplementedError as error:
            refusal = _unknown(call, error)
        except Exception as error:
            refusal = _incomplete(call)
            if refusal is None:
                LOG.exception("%s failed", _named(call))
                # Clients repeat what failed with 500, which is of no use for a mistake of ours, but AWS says so too.
                text = f"{_named(call)} failed: {type(error).__name__}: {error}"
                refusal = Refusal("InternalFailure", text, 500)
        return answer(refusal, call)(environ, start_response)

    def _refusal(self, call: calls.Call, environ: dict[str, Any]) -> Refusal | None:
        refusal = self._cloud.gate.refusal(call) if self._cloud.gate else None
        stroke = self._cloud.faults.stroke(call) if self._cloud.faults and not refusal else None
        if stroke is None:
            return refusal
        if stroke.done:
            # The call is made, and only its answer is lost.
            b"".join(self._services(environ, lambda *_: None))
        return stroke.refusal


def _unknown(call: calls.Call | None, error: Exception) -> Refusal:
    LOG.warning("%s is not implemented: %s", _named(call), error)
    return Refusal("UnknownOperationException", f"{_named(call)} is not implemented here: {error}", 501)


def _incomplete(call: calls.Call | None) -> Refusal | None:
    """Return what is wrong with a call that lacks what its operation requires: the SDKs do not send such calls."""
    if call is None or not call.lacking:
        return None
    faults = [f"Value null at '{name}' failed to satisfy constraint: Member must not be null" for name in call.lacking]
    many = "error" if len(faults) == 1 else "errors"
    code = "ValidationError" if call.protocol == "query" else "ValidationException"
    return Refusal(code, f"{len(faults)} validation {many} detected: {'; '.join(faults)}")


def _named(call: calls.Call | None) -> str:
    if call is None:
        return "The request"
    return f"{call.service}:{call.operation or call.request.path}"
