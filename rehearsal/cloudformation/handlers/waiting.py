"""Waiting for signals from outside: a handle is an address, a condition counts what arrives there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation import mailbox
from rehearsal.cloudformation.handler import Made, RefusedError, Replacement, ResourceError
from rehearsal.cloudformation.handlers.terms import names
from rehearsal.cloudformation.shaping import same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call


class WaitConditionHandle:
    """AWS::CloudFormation::WaitConditionHandle: Ref is the address."""

    type = "AWS::CloudFormation::WaitConditionHandle"
    properties: frozenset[str] = frozenset()
    replacing: frozenset[str] = frozenset()
    tagged = False

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Open the address."""
        del properties
        return Made(mailbox.address(call))

    def update(
        self,
        call: Call,  # noqa: ARG002  # nothing is sent
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],  # noqa: ARG002  # there are no properties
        new: Mapping[str, Any],  # noqa: ARG002  # there are no properties
    ) -> Made | Replacement:
        """Leave it as it is."""
        return Made(physical_id, attributes)

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Forget it; what arrives is read by nobody."""


class WaitCondition:
    """AWS::CloudFormation::WaitCondition: so many signals, or else it fails."""

    type = "AWS::CloudFormation::WaitCondition"
    properties = names("Count Handle Timeout")
    replacing: frozenset[str] = frozenset()
    tagged = False

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Wait for the signals."""
        if missing := names("Handle Timeout") - properties.keys():
            raise ResourceError(f"Property {min(missing)} cannot be empty.")
        physical_id = f"{call.stack_id}/{call.logical_id}"
        heard: dict[str, str] = {}

        def enough() -> bool:
            for letter in mailbox.letters(call, str(properties["Handle"])):
                if letter.get("Status") != "SUCCESS":
                    raise ResourceError(f"WaitCondition received failed message: '{letter.get('Reason', '')}'")
                heard[str(letter.get("UniqueId"))] = str(letter.get("Data", ""))
            return len(heard) >= int(properties.get("Count", 1))

        call.until(enough, seconds=float(properties["Timeout"]), every=0.05)
        return Made(physical_id, {"Data": json.dumps(heard)})

    def update(
        self,
        call: Call,  # noqa: ARG002  # nothing is sent
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Refuse: what was waited for has happened."""
        if not same(old, new):
            raise RefusedError("Update to resource type AWS::CloudFormation::WaitCondition is not supported.")
        return Made(physical_id, attributes)

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Leave nothing, for there is nothing."""


HANDLERS = (WaitCondition(), WaitConditionHandle())
