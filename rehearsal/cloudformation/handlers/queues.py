"""Queues and their policies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Made, Name, Replacement, Tagging
from rehearsal.cloudformation.handlers.terms import names, send, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call

# What a queue has when nobody says otherwise.
DEFAULTS = {
    "ContentBasedDeduplication": False,
    "DeduplicationScope": "queue",
    "DelaySeconds": 0,
    "FifoThroughputLimit": "perQueue",
    "KmsDataKeyReusePeriodSeconds": 300,
    "KmsMasterKeyId": "",
    "MaximumMessageSize": 262144,
    "MessageRetentionPeriod": 345600,
    "ReceiveMessageWaitTimeSeconds": 0,
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": True,
    "VisibilityTimeout": 30,
}
SETTABLE = " ".join(DEFAULTS)


class QueueName(Name):
    """A name that says whether messages keep their order, as SQS wants it."""

    def given(self, call: Call, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties with a name."""
        named = super().given(call, properties)
        if str(properties.get("FifoQueue")).lower() == "true" and not properties.get(self.property):
            named[self.property] += ".fifo"
        return named


def _attributes(values: dict[str, Any]) -> dict[str, Any]:
    settings = {name: value for name, value in values.items() if name in DEFAULTS or name == "FifoQueue"}
    return {**{name: values[name] for name in values.keys() - settings.keys()}, "Attributes": settings}


class QueuePolicy:
    """AWS::SQS::QueuePolicy: one document set on several queues."""

    type = "AWS::SQS::QueuePolicy"
    properties = names("PolicyDocument Queues")
    replacing: frozenset[str] = frozenset()
    tagged = False

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Set it on every queue."""
        physical_id = call.name()
        call.initiated(physical_id)
        self._set(call, properties["Queues"], properties["PolicyDocument"])
        return Made(physical_id, {"Id": physical_id})

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Set it anew, and take it from queues that are named no longer."""
        self._set(call, new["Queues"], new["PolicyDocument"])
        self._set(call, [queue for queue in old["Queues"] if queue not in new["Queues"]], "")
        return Made(physical_id, attributes)

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:  # noqa: ARG002  # the queues count
        """Take it away."""
        self._set(call, properties["Queues"], "")

    @staticmethod
    def _set(call: Call, queues: list[str], document: Any) -> None:
        client = call.client("sqs")
        for queue in queues:
            try:
                send(call, "sqs", "SetQueueAttributes", {"QueueUrl": queue, "Attributes": {"Policy": document}})
            except client.exceptions.QueueDoesNotExist:
                if document:
                    raise


QUEUE = Described(
    type="AWS::SQS::Queue",
    service="sqs",
    creation=step("CreateQueue", f"{SETTABLE} FifoQueue", turned=_attributes),
    identity="Response.QueueUrl",
    name=QueueName("QueueName", 75),
    updates=(step("SetQueueAttributes", SETTABLE, where={"QueueUrl": "Id"}, turned=_attributes),),
    defaults=DEFAULTS,
    reading=step("GetQueueAttributes", where={"QueueUrl": "Id", "AttributeNames": "['QueueArn']"}),
    attributes={"Arn": "Response.Attributes.QueueArn", "QueueName": "Properties.QueueName", "QueueUrl": "Id"},
    replacing=names("FifoQueue QueueName"),
    tagging=Tagging("TagQueue", "UntagQueue", {"QueueUrl": "Id"}, mapped=True),
    removal=step("DeleteQueue", where={"QueueUrl": "Id"}),
    gone=names("AWS.SimpleQueueService.NonExistentQueue QueueDoesNotExist"),
)
HANDLERS = (QUEUE, QueuePolicy())
