"""Notifications: topics, their policies and their subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Made, Name, Replacement, Tagging
from rehearsal.cloudformation.handlers.terms import Composed, Setting, moved, names, send, settings, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call

MARK = {"AttributeName": "Policy"}


def attribute(operation: str, owner: str, name: str, default: object = "") -> Setting:
    """Return an attribute of a topic or a subscription."""
    return Setting(
        "sns", name, operation, owner, member="AttributeValue", extra={"AttributeName": name}, default=default
    )


def _subscribers(call: Call, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    gone, fresh = moved(old.get("Subscription"), new.get("Subscription"))
    known = call.client("sns").list_subscriptions_by_topic(TopicArn=physical_id)["Subscriptions"]
    lost = [(one["Protocol"], one["Endpoint"]) for one in gone]
    for one in known:
        if (one["Protocol"], one["Endpoint"]) in lost:
            send(call, "sns", "Unsubscribe", {"SubscriptionArn": one["SubscriptionArn"]})
    for one in fresh:
        send(call, "sns", "Subscribe", {"TopicArn": physical_id, **one})


class TopicPolicy:
    """AWS::SNS::TopicPolicy: one document set on several topics."""

    type = "AWS::SNS::TopicPolicy"
    properties = names("PolicyDocument Topics")
    replacing: frozenset[str] = frozenset()
    tagged = False

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Set it on every topic."""
        physical_id = call.name()
        call.initiated(physical_id)
        self._set(call, properties["Topics"], properties["PolicyDocument"])
        return Made(physical_id, {"Id": physical_id})

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Set it anew, and take it from topics that are named no longer."""
        self._set(call, new["Topics"], new["PolicyDocument"])
        self._reset(call, [topic for topic in old["Topics"] if topic not in new["Topics"]])
        return Made(physical_id, attributes)

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:  # noqa: ARG002  # the topics count
        """Give every topic the policy that topics have by themselves."""
        self._reset(call, properties["Topics"])

    @staticmethod
    def _set(call: Call, topics: list[str], document: Any) -> None:
        for topic in topics:
            send(call, "sns", "SetTopicAttributes", {"TopicArn": topic, "AttributeValue": document, **MARK})

    def _reset(self, call: Call, topics: list[str]) -> None:
        client = call.client("sns")
        for topic in topics:
            owner = {"StringEquals": {"AWS:SourceOwner": call.account}}
            statement = {
                "Sid": "__default_statement_ID",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": ["SNS:GetTopicAttributes", "SNS:SetTopicAttributes", "SNS:Publish", "SNS:Subscribe"],
                "Resource": topic,
                "Condition": owner,
            }
            try:
                self._set(call, [topic], {"Version": "2008-10-17", "Statement": [statement]})
            except client.exceptions.NotFoundException:
                continue


TOPIC = Composed(
    type="AWS::SNS::Topic",
    service="sns",
    creation=step(
        "CreateTopic",
        "FifoTopic Tags",
        renamed={"TopicName": "Name"},
        turned=lambda values: {
            **{name: value for name, value in values.items() if name != "FifoTopic"},
            **({"Attributes": {"FifoTopic": values["FifoTopic"]}} if "FifoTopic" in values else {}),
        },
    ),
    identity="Response.TopicArn",
    name=Name("TopicName", 256),
    parts={
        **settings(
            attribute("SetTopicAttributes", "TopicArn", "DisplayName"),
            attribute("SetTopicAttributes", "TopicArn", "KmsMasterKeyId"),
            attribute("SetTopicAttributes", "TopicArn", "SignatureVersion", "1"),
            attribute("SetTopicAttributes", "TopicArn", "TracingConfig", "PassThrough"),
            attribute("SetTopicAttributes", "TopicArn", "ContentBasedDeduplication", "false"),
        ),
        "Subscription": _subscribers,
    },
    attributes={"TopicArn": "Id", "TopicName": "Properties.TopicName"},
    replacing=names("FifoTopic TopicName"),
    tagging=Tagging("TagResource", "UntagResource", {"ResourceArn": "Id"}),
    removal=step("DeleteTopic", where={"TopicArn": "Id"}),
    gone=names("NotFound NotFoundException"),
)
SUBSCRIPTION = Composed(
    type="AWS::SNS::Subscription",
    service="sns",
    creation=step("Subscribe", "Endpoint Protocol TopicArn", where={"ReturnSubscriptionArn": "`true`"}),
    identity="Response.SubscriptionArn",
    parts=settings(
        attribute("SetSubscriptionAttributes", "SubscriptionArn", "FilterPolicy", {}),
        attribute("SetSubscriptionAttributes", "SubscriptionArn", "FilterPolicyScope", "MessageAttributes"),
        attribute("SetSubscriptionAttributes", "SubscriptionArn", "RawMessageDelivery", "false"),
        attribute("SetSubscriptionAttributes", "SubscriptionArn", "RedrivePolicy", {}),
    ),
    attributes={"Arn": "Id"},
    replacing=names("Endpoint Protocol TopicArn"),
    removal=step("Unsubscribe", where={"SubscriptionArn": "Id"}),
    gone=names("NotFound NotFoundException"),
)
HANDLERS = (TOPIC, TopicPolicy(), SUBSCRIPTION)
