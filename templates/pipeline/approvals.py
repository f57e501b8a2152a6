"""Whom a release asks, and whom the alarms tell."""

import hashlib
from typing import Any

from troposphere import Ref
from troposphere.sns import SubscriptionResource, Topic, TopicPolicy

from pipeline.settings import Settings
from templates.names import Names, arn
from templates.parts import Part, tagged
from templates.policy import document, grant, on_behalf_of, only_over_tls


def topic(settings: Settings) -> Any:
    """Return the topic that is told when a release waits: the one of the settings, or else the one made here."""
    return settings.release.approval_topic_arn or Ref("Topic")


def resources(settings: Settings) -> list[Part]:
    """Return the topic, who may speak on it and who listens. Alarms use it even if approvals have another topic."""
    names = Names(settings.app)
    speak = ["sns:Publish"]
    statements = (
        grant(
            "cloudwatch.amazonaws.com", speak, Ref("Topic"), on_behalf_of(arn("cloudwatch", f"alarm:{settings.app}-*"))
        ),
        only_over_tls("sns:Publish", Ref("Topic")),
    )
    return [
        Topic("Topic", TopicName=names.topic, KmsMasterKeyId=Ref("Key"), **tagged(settings)),
        TopicPolicy("TopicPolicy", Topics=[Ref("Topic")], PolicyDocument=document(*statements)),
        *(subscription(address) for address in settings.release.approvers),
    ]


def subscription(address: str) -> SubscriptionResource:
    """Return an approver's subscription, titled so that it stays the same when others come and go."""
    title = f"Approver{hashlib.sha256(address.encode()).hexdigest()[:8]}"
    return SubscriptionResource(title, TopicArn=Ref("Topic"), Protocol="email", Endpoint=address)
