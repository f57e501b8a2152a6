"""Resources that somebody else makes: a function or a topic is asked, and answers when it is done."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation import mailbox
from rehearsal.cloudformation.handler import Made, RefusedError, Replacement, ResourceError
from rehearsal.cloudformation.handlers.terms import names
from rehearsal.cloudformation.shaping import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call

PATIENCE = 3600
SUBJECT = "AWS CloudFormation custom resource request"


def _texts(value: Any) -> Any:
    """Return the properties as they travel: every number and every truth is a text."""
    if isinstance(value, dict):
        return {name: _texts(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_texts(inner) for inner in value]
    return text(value)


class CustomResource:
    """AWS::CloudFormation::CustomResource and every Custom:: type."""

    type = "AWS::CloudFormation::CustomResource"
    properties = names("*")
    replacing: frozenset[str] = frozenset()
    tagged = False

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Have it made."""
        return self._asked(call, properties, {"RequestType": "Create"})

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],  # noqa: ARG002  # the answer brings new ones
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Have it changed; an answer with another physical id says that it was replaced."""
        if old.get("ServiceToken") != new.get("ServiceToken"):
            raise RefusedError("Modifying service token is not allowed.")
        asked = {"RequestType": "Update", "PhysicalResourceId": physical_id, "OldResourceProperties": _texts(dict(old))}
        return self._asked(call, new, asked)

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Have it removed."""
        self._asked(call, properties, {"RequestType": "Delete", "PhysicalResourceId": physical_id})

    def _asked(self, call: Call, properties: Mapping[str, Any], asked: Mapping[str, Any]) -> Made:
        given = dict(properties)
        seconds = int(given.pop("ServiceTimeout", PATIENCE))
        at = mailbox.address(call)
        request = {
            "ResponseURL": at,
            "StackId": call.stack_id,
            "RequestId": str(uuid.uuid4()),
            "ResourceType": call.type,
            "LogicalResourceId": call.logical_id,
            "ResourceProperties": _texts(given),
            **asked,
        }
        self._tell(call, given.get("ServiceToken"), json.dumps(request))
        call.until(lambda: bool(mailbox.letters(call, at)), seconds=seconds, every=0.05)
        return _outcome(call, mailbox.letters(call, at)[0])

    @staticmethod
    def _tell(call: Call, token: str | None, request: str) -> None:
        service = str(token).split(":")[2] if str(token).startswith("arn:") else ""
        if service == "lambda":
            call.client("lambda").invoke(FunctionName=token, InvocationType="Event", Payload=request.encode())
        elif service == "sns":
            call.client("sns").publish(TopicArn=token, Subject=SUBJECT, Message=request)
        else:
            raise ResourceError(f"Invalid service token: {token} is the ARN of neither a function nor a topic")


def _outcome(call: Call, answer: Mapping[str, Any]) -> Made:
    if answer.get("Status") != "SUCCESS":
        reason = answer.get("Reason") or "the answer gives no reason"
        raise ResourceError(
            f"Received response status [{answer.get('Status')}] from custom resource. Message: {reason}"
        )
    physical_id = answer.get("PhysicalResourceId")
    if not physical_id:
        raise ResourceError("Invalid PhysicalResourceId: the answer has none")
    call.initiated(physical_id)
    return Made(physical_id, answer.get("Data") or {})


HANDLERS = (CustomResource(),)
