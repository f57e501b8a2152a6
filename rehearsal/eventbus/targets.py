"""How each kind of target is called, and by which right."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.eventbus.permission import allows
from rehearsal.iam.trust import Acting

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.cloud import Cloud
    from rehearsal.eventbus.event import Event

PRINCIPAL = "events.amazonaws.com"


class NotPermittedError(Exception):
    """AWS would not let EventBridge call this target."""


@dataclass(frozen=True)
class Call:
    """One target that is to be told of one event."""

    cloud: Cloud
    rule_arn: str
    target: dict[str, Any]
    event: Event
    body: str

    @property
    def arn(self) -> str:
        """Return the target's own name."""
        return str(self.target["Arn"])

    @property
    def region(self) -> str:
        """Return where the target lives."""
        return self.arn.split(":")[3] or str(self.event["region"])

    @property
    def name(self) -> str:
        """Return the last part of the target's ARN, behind the account."""
        return self.arn.split(":", 5)[5]

    def as_role(self, service: str) -> Any:
        """Return a client with the rights of the target's role."""
        role = self.target.get("RoleArn")
        if not role:
            raise NotPermittedError(f"the target {self.arn} needs a RoleArn, and has none")
        session = uuid.uuid5(uuid.NAMESPACE_URL, self.rule_arn).hex
        acting = Acting(PRINCIPAL, self.rule_arn)
        return self.cloud.client(service, self.region, role_arn=role, session=session, acting=acting)

    def by_policy(self, service: str, action: str, policy: Any) -> Any:
        """Return a client of a service whose resource has to allow the call itself."""
        enforced = self.cloud.enforce_iam
        if enforced and not allows(policy, PRINCIPAL, action, self.rule_arn, self.cloud.account):
            raise NotPermittedError(f"the policy of {self.arn} does not allow {PRINCIPAL} {action} for {self.rule_arn}")
        return self.cloud.client(service, self.region)


def _function(call: Call) -> None:
    qualifier = call.name.split(":")[2:]
    found = call.cloud.backend("lambda", call.region).get_function(call.arn)
    policy = {"Statement": found.policy.statements}
    lambdas = call.by_policy("lambda", "lambda:InvokeFunction", policy)
    settings = {"Qualifier": qualifier[0]} if qualifier else {}
    lambdas.invoke(FunctionName=call.name.split(":")[1], InvocationType="Event", Payload=call.body.encode(), **settings)


def _state_machine(call: Call) -> None:
    call.as_role("stepfunctions").start_execution(stateMachineArn=call.arn, input=call.body)


def _queue(call: Call) -> None:
    sqs = call.cloud.client("sqs", call.region)
    url = sqs.get_queue_url(QueueName=call.name)["QueueUrl"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {}).get("Policy")
    group = call.target.get("SqsParameters", {}).get("MessageGroupId")
    settings = {"MessageGroupId": group, "MessageDeduplicationId": call.event["id"]} if group else {}
    call.by_policy("sqs", "sqs:SendMessage", policy).send_message(QueueUrl=url, MessageBody=call.body, **settings)


def _topic(call: Call) -> None:
    policy = call.cloud.client("sns", call.region).get_topic_attributes(TopicArn=call.arn)["Attributes"].get("Policy")
    call.by_policy("sns", "sns:Publish", policy).publish(TopicArn=call.arn, Message=call.body)


def _pipeline(call: Call) -> None:
    call.as_role("codepipeline").start_pipeline_execution(name=call.name)


def _project(call: Call) -> None:
    overrides = json.loads(call.body) if {"Input", "InputTransformer"} & call.target.keys() else {}
    call.as_role("codebuild").start_build(**{**overrides, "projectName": call.name.removeprefix("project/")})


def _log_group(call: Call) -> None:
    logs = call.cloud.client("logs", call.region)
    group, stream = call.name.removeprefix("log-group:").removesuffix(":*"), str(uuid.uuid4())
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    moment = int(call.cloud.bus.milliseconds())
    logs.put_log_events(
        logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": moment, "message": call.body}]
    )


def _bus(call: Call) -> None:
    call.cloud.bus.publish(call.event, call.region, call.name.removeprefix("event-bus/"))


KINDS: dict[str, Callable[[Call], None]] = {
    "lambda": _function,
    "states": _state_machine,
    "sqs": _queue,
    "sns": _topic,
    "codepipeline": _pipeline,
    "codebuild": _project,
    "logs": _log_group,
    "events": _bus,
}


def is_supported(arn: str) -> bool:
    """Say whether this kind of target can be called here."""
    parts = arn.split(":", 5)
    return parts[2] in KINDS and (parts[2] != "events" or parts[5].startswith("event-bus/"))


def call_target(call: Call) -> None:
    """Tell the target of the event; raises what went wrong."""
    KINDS[call.arn.split(":")[2]](call)
