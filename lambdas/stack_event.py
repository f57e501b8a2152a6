"""CloudFormation's word, by EventBridge, that the status of a stack has changed."""

from __future__ import annotations

from typing import Any, NamedTuple

from traffic.errors import FlipsideError

# The tags are as the stack wants them now, and nobody will write them again until the next update begins.
AT_REST = {
    "CREATE_COMPLETE",
    "IMPORT_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
}


class StackEvent(NamedTuple):
    """The stack, and its new status."""

    stack: str
    status: str

    @property
    def at_rest(self) -> bool:
        """Whether the stack stands, and no update is under way."""
        return self.status in AT_REST


def read(event: Any) -> StackEvent:
    """The stack event in an EventBridge event."""
    try:
        detail = event["detail"]
        return StackEvent(str(detail["stack-id"]), str(detail["status-details"]["status"]))
    except (KeyError, TypeError) as error:
        raise FlipsideError(
            "The event is no 'CloudFormation Stack Status Change': "
            "it lacks ['detail']['stack-id'] or ['detail']['status-details']['status']."
        ) from error
