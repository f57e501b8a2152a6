"""Invocations of type Event: answered at once, run behind it, and tried again when the function fails."""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING, Any

from rehearsal.functions.configuration import RoleError
from rehearsal.functions.pool import ThrottledError

if TYPE_CHECKING:
    from rehearsal.functions.fleet import Fleet

LOG = logging.getLogger("rehearsal.functions")
# AWS waits a minute before the second attempt and two before the third.
DELAYS = (1.0, 2.0)


def enqueue(fleet: Fleet, function: Any, payload: str, client_context: Any = None) -> None:
    """Run the function soon, in the background."""
    fleet.cloud.workers.spawn(f"event for {function.function_name}", _run, fleet, function, payload, client_context)


def _run(fleet: Fleet, function: Any, payload: str, client_context: Any) -> None:
    request = str(uuid.uuid4())
    stopping = fleet.cloud.workers.stopping
    for attempt in range(_retries(function) + 1):
        if attempt and stopping.wait(DELAYS[min(attempt, len(DELAYS)) - 1]):
            return
        try:
            answer = fleet.invoke(function, payload, client_context=client_context, request_id=request, patient=True)
        except ThrottledError:
            # A patient caller is turned away only when everything ends.
            return
        except RoleError as error:
            LOG.warning("%s lost the event %s: %s", function.function_name, request, error)
            return
        if not answer.failed:
            return
        LOG.warning("%s failed for the event %s: %s", function.function_name, request, answer.payload)


def _retries(function: Any) -> int:
    configured = function.event_invoke_config[0].config if function.event_invoke_config else {}
    return int(configured.get("MaximumRetryAttempts", len(DELAYS)))
