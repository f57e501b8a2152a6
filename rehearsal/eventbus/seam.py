"""The only place where moto's EventBridge is replaced by ours."""

from typing import TYPE_CHECKING, Any

import moto.events.urls
from moto.events.models import EventsBackend, Rule, events_backends
from moto.events.responses import EventsHandler

from rehearsal.eventbus.backend import Backend, Handler

if TYPE_CHECKING:
    from rehearsal.eventbus.bus import Bus

ORIGINAL = Rule.send_to_targets


def install(bus: "Bus") -> None:
    """Let every region's rules deliver through this bus."""

    def send(rule: Rule, original_event: Any, transform_input: bool = True) -> None:  # noqa: FBT001, FBT002 - moto's signature
        del rule, original_event, transform_input
        raise AssertionError("moto delivers events past the bus")

    Backend.bus = bus
    _swap(Backend, Handler, send)


def remove() -> None:
    """Leave moto as it was."""
    _swap(EventsBackend, EventsHandler, ORIGINAL)


def _swap(backend: type[EventsBackend], handler: type[EventsHandler], send: Any) -> None:
    events_backends.backend = backend
    events_backends.clear()
    moto.events.urls.url_paths = {"{0}/": handler.dispatch}
    setattr(Rule, "send_to_targets", send)  # noqa: B010 - a method of moto's class
