"""One region's rules as moto keeps them, checked and delivered as EventBridge does it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import moto.events.urls
from moto.events.exceptions import ResourceNotFoundException, ValidationException
from moto.events.models import EventsBackend, Rule
from moto.events.responses import EventsHandler

from rehearsal.eventbus.checking import checked
from rehearsal.eventbus.event import envelope, stamp
from rehearsal.eventbus.pattern import matches
from rehearsal.eventbus.targets import is_supported
from rehearsal.eventbus.timetable import due_after
from rehearsal.eventbus.unimplemented import UnsupportedError, refusing

if TYPE_CHECKING:
    from rehearsal.eventbus.bus import Bus

REQUIRED = ("Source", "DetailType", "Detail")
ENTRY_LIMIT = 10


class Backend(EventsBackend):
    """The rules and buses of one region."""

    bus: ClassVar[Bus]

    @property
    def _url_module(self) -> Any:
        return moto.events.urls

    def put_rule(self, name: str, *args: Any, **settings: Any) -> Rule:
        """Make or change a rule, and refuse a pattern or schedule that means nothing."""
        if settings.get("event_pattern"):
            checked(settings["event_pattern"])
        _check_schedule(settings.get("scheduled_expression"))
        rule = super().put_rule(name, *args, **settings)
        self.bus.schedule.keep(rule)
        return rule

    def delete_rule(self, name: str, event_bus_arn: str | None) -> None:
        """Delete a rule; its clock stops."""
        found = self._get_event_bus(self._normalize_event_bus_arn(event_bus_arn)).rules.get(name)
        super().delete_rule(name, event_bus_arn)
        if found:
            self.bus.schedule.forget(found.arn)

    def enable_rule(self, name: str, event_bus_arn: str | None) -> bool:
        """Let a rule take events again."""
        return super().enable_rule(name, event_bus_arn) and self._follow(name, event_bus_arn)

    def disable_rule(self, name: str, event_bus_arn: str | None) -> bool:
        """Let a rule take no events."""
        return super().disable_rule(name, event_bus_arn) and self._follow(name, event_bus_arn)

    def put_targets(self, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        """Add targets, of the kinds that can be called here."""
        if name not in self._get_event_bus(self._normalize_event_bus_arn(event_bus_arn)).rules:
            raise _not_found(name, self._normalize_event_bus_arn(event_bus_arn))
        for target in targets:
            if target["Arn"].count(":") >= 5 and not is_supported(target["Arn"]):
                raise ValidationException(f"The rehearsal does not support the target {target['Arn']}.")
        super().put_targets(name, event_bus_arn, targets)

    def put_events(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take events from a client."""
        if len(events) > ENTRY_LIMIT:
            raise ValidationException(
                "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy "
                "constraint: Member must have length less than or equal to 10"
            )
        return [self._take(entry) for entry in events]

    def create_archive(self, *_: Any, **__: Any) -> Any:
        """Refuse: nothing is archived."""
        raise UnsupportedError("events:CreateArchive")

    def start_replay(self, *_: Any, **__: Any) -> Any:
        """Refuse: nothing is replayed."""
        raise UnsupportedError("events:StartReplay")

    def _follow(self, name: str, event_bus_arn: str | None) -> bool:
        self.bus.schedule.keep(self.describe_rule(name, event_bus_arn))
        return True

    def _take(self, entry: dict[str, Any]) -> dict[str, Any]:
        problem = _problem(entry)
        if problem:
            return {"ErrorCode": problem[0], "ErrorMessage": problem[1]}
        event = envelope(
            entry["Source"],
            entry["DetailType"],
            json.loads(entry["Detail"]),
            entry.get("Resources") or [],
            self.account_id,
            self.region_name,
        )
        if entry.get("Time"):
            event["time"] = stamp(datetime.fromtimestamp(float(entry["Time"]), UTC))
        self.bus.publish(event, self.region_name, self._normalize_event_bus_arn(entry.get("EventBusName")))
        return {"EventId": event["id"]}


class Handler(EventsHandler):
    """EventBridge's wire protocol."""

    call_action = refusing(EventsHandler.call_action)

    def test_event_pattern(self) -> str:  # type: ignore[override]  # moto answers nothing
        """Say whether a pattern matches an event."""
        pattern, event = checked(self._get_param("EventPattern")), json.loads(self._get_param("Event"))
        return json.dumps({"Result": matches(pattern, event)})


def _check_schedule(expression: str | None) -> None:
    if not expression:
        return
    try:
        due_after(expression, datetime.now(UTC))
    except ValueError as error:
        raise ValidationException("Parameter ScheduleExpression is not valid.") from error


def _problem(entry: dict[str, Any]) -> tuple[str, str] | None:
    for name in REQUIRED:
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    if entry["Source"].startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        return "MalformedDetail", "Detail is malformed."
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")


def _not_found(name: str, bus: str) -> Exception:
    return ResourceNotFoundException(f"Rule {name} does not exist on EventBus {bus}.")
