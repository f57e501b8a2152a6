"""What happened to containers and images, for those who asked to be told."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from rehearsal.engine.clock import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Event = dict[str, Any]
REMEMBERED = 1000
LOOK_AROUND = 1.0


class Events:
    """The latest events, and who listens."""

    def __init__(self) -> None:
        """Start with none."""
        self._past: deque[Event] = deque(maxlen=REMEMBERED)
        self._listeners: list[queue.SimpleQueue[Event]] = []
        self._guard = threading.Lock()

    def tell(self, kind: str, action: str, identity: str, **attributes: str) -> None:
        """Tell everybody."""
        now = time.time_ns()
        event = {
            "status": action,
            "id": identity,
            "from": attributes.get("image", ""),
            "Type": kind,
            "Action": action,
            "Actor": {"ID": identity, "Attributes": attributes},
            "scope": "local",
            "time": now // NANOSECONDS,
            "timeNano": now,
        }
        with self._guard:
            self._past.append(event)
            for listener in self._listeners:
                listener.put(event)

    def listen(
        self, filters: dict[str, list[str]], since: int, until: int, is_gone: Callable[[], bool]
    ) -> Iterator[Event]:
        """Go through the events that pass the filters: since a moment if one is given, and until one."""
        with self._listening() as (listener, past):
            for event in past:
                if since and since <= event["timeNano"] and (not until or event["timeNano"] <= until):
                    yield from _passing(event, filters)
            while not is_gone() and not (until and time.time_ns() >= until):
                wait = min(LOOK_AROUND, (until - time.time_ns()) / NANOSECONDS) if until else LOOK_AROUND
                with contextlib.suppress(queue.Empty):
                    yield from _passing(listener.get(timeout=max(0.0, wait)), filters)

    @contextlib.contextmanager
    def _listening(self) -> Iterator[tuple[queue.SimpleQueue[Event], list[Event]]]:
        listener: queue.SimpleQueue[Event] = queue.SimpleQueue()
        with self._guard:
            self._listeners.append(listener)
            past = list(self._past)
        try:
            yield listener, past
        finally:
            with self._guard:
                self._listeners.remove(listener)


def _passing(event: Event, filters: dict[str, list[str]]) -> list[Event]:
    attributes = event["Actor"]["Attributes"]
    names = {event["Actor"]["ID"], attributes.get("name", ""), attributes.get("image", "")}
    told = {
        "type": {event["Type"]},
        "event": {event["Action"], event["Action"].partition(":")[0]},
        "container": names if event["Type"] == "container" else set(),
        "image": names,
    }
    labels = {label for name, value in attributes.items() for label in (name, f"{name}={value}")}
    has_labels = set(filters.get("label", ())) <= labels
    others = {key: set(values) for key, values in filters.items() if key != "label"}
    return [event] if has_labels and all(told.get(key, set()) & values for key, values in others.items()) else []
