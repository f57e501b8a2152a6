"""Everything that happens to a stack is written down here: status, events, and who is told."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.cloudformation.stack import STACK_TYPE, Event, now

if TYPE_CHECKING:
    import threading

    from rehearsal.cloud import Cloud
    from rehearsal.cloudformation.stack import Resource, Stack

LOG = logging.getLogger("rehearsal")


class Journal:
    """Writes events in order; a reader under the same lock sees each of them whole."""

    def __init__(self, cloud: Cloud, lock: threading.RLock) -> None:
        """Take the lock that guards all stacks of the region."""
        self._cloud = cloud
        self._lock = lock

    def stack(self, stack: Stack, status: str, reason: str | None = None, token: str | None = None) -> None:
        """Set the status of a stack and tell EventBridge."""
        with self._lock:
            stack.status, stack.reason = status, reason
            event = Event(stack.id, stack.name, stack.name, stack.id, STACK_TYPE, status, reason=reason, token=token)
            stack.events.append(event)
        detail = {
            "stack-id": stack.id,
            "status-details": {"status": status, "status-reason": reason or ""},
            "client-request-token": token or "",
        }
        self._cloud.bus.emit(
            "aws.cloudformation", "CloudFormation Stack Status Change", detail, [stack.id], stack.region
        )
        self._notify(stack, event)

    def resource(
        self, stack: Stack, resource: Resource, status: str, reason: str | None = None, token: str | None = None
    ) -> None:
        """Set the status of a resource."""
        with self._lock:
            resource.status, resource.reason, resource.updated = status, reason, now()
            shown = json.dumps(resource.properties, default=str)
            event = Event(
                stack.id,
                stack.name,
                resource.logical_id,
                resource.physical_id,
                resource.type,
                status,
                reason,
                shown,
                token,
            )
            stack.events.append(event)
        self._notify(stack, event)

    def _notify(self, stack: Stack, event: Event) -> None:
        for topic in stack.notification_arns:
            try:
                client: Any = self._cloud.client("sns", topic.split(":")[3])
                client.publish(TopicArn=topic, Subject="AWS CloudFormation Notification", Message=_message(event))
            except (ClientError, BotoCoreError) as error:
                # As on AWS, a topic that cannot be reached does not stop the stack.
                LOG.warning("stack %s: cannot notify %s: %s", stack.name, topic, error)


def _message(event: Event) -> str:
    fields = {
        "StackId": event.stack_id,
        "Timestamp": event.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "EventId": event.id,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason or "",
        "StackName": event.stack_name,
        "ClientRequestToken": event.token or "",
    }
    return "".join(f"{name}='{value}'\n" for name, value in fields.items())
