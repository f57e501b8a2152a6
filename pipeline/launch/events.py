"""What CloudFormation says it has done, read from a known point onwards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.launch.stack import TYPE

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import StackEventTypeDef

# How an operation on a stack begins; a rollback or a cleanup is a later part of one.
BEGINNINGS = {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS"}


@dataclass(frozen=True)
class Event:
    """One change of one resource's state."""

    id: str
    stack_id: str
    resource: str
    physical: str
    type: str
    status: str
    reason: str
    at: datetime

    @property
    def own(self) -> bool:
        """Whether it speaks of the stack itself and not of something in it."""
        return self.physical == self.stack_id

    @property
    def nested(self) -> str | None:
        """The id of the nested stack that it speaks of, once that has one."""
        return self.physical if self.type == TYPE and self.physical and not self.own else None

    @property
    def begins(self) -> bool:
        """Whether an operation on the whole stack starts here."""
        return self.own and self.status in BEGINNINGS


def since(client: "CloudFormationClient", stack_id: str, known: Callable[[Event], bool]) -> list[Event]:
    """Return the events after the newest known one, oldest first."""
    fresh: list[Event] = []
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for found in page["StackEvents"]:
            event = _event(found)
            if known(event):
                return fresh[::-1]
            fresh.append(event)
    return fresh[::-1]


def newest(client: "CloudFormationClient", stack_id: str) -> str:
    """Return the id of the stack's newest event, or nothing if it has none."""
    events = client.describe_stack_events(StackName=stack_id)["StackEvents"]
    return events[0]["EventId"] if events else ""


def before_current(client: "CloudFormationClient", stack_id: str) -> str:
    """Return the id of the last event before the operation that is under way."""
    begun = False
    for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        for found in page["StackEvents"]:
            event = _event(found)
            if begun:
                return event.id
            begun = event.begins
    return ""


def _event(found: "StackEventTypeDef") -> Event:
    return Event(
        id=found["EventId"],
        stack_id=found["StackId"],
        resource=found.get("LogicalResourceId", ""),
        physical=found.get("PhysicalResourceId", ""),
        type=found.get("ResourceType", ""),
        status=found.get("ResourceStatus", ""),
        reason=found.get("ResourceStatusReason", ""),
        at=found["Timestamp"],
    )
