"""A stack as a resource of another: created, updated and deleted in place, sharing its parent's fate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation import flows
from rehearsal.cloudformation.call import Call, Made, RefusedError, Replacement, ResourceError
from rehearsal.cloudformation.described import tag_map
from rehearsal.cloudformation.errors import CloudFormationError
from rehearsal.cloudformation.operation import Operation
from rehearsal.cloudformation.shaping import text
from rehearsal.cloudformation.stack import STACK_TYPE, Intent, Stack, now

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.region import Region


class Nested:
    """The handler of AWS::CloudFormation::Stack."""

    type = STACK_TYPE
    properties = frozenset(
        {"NotificationARNs", "Parameters", "Tags", "TemplateBody", "TemplateURL", "TimeoutInMinutes"}
    )
    replacing: frozenset[str] = frozenset()
    tagged = True

    def __init__(self, region: Region) -> None:
        """Take the region whose stacks these are."""
        self._region = region

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Create the stack; its parent decides what becomes of it if that fails."""
        region = self._region
        parent = region.stacks[call.stack_id]
        stack = region.draft(call.name(), parent=parent)
        stack.notification_arns = tuple(properties.get("NotificationARNs", ()))
        intent = self._intent(parent, stack, call, properties)
        with region.lock:
            stack.intent = intent
            region.stacks[stack.id] = stack
        operation = self._begin(call, stack, intent, "CREATE_IN_PROGRESS")
        call.initiated(stack.id)
        minutes = properties.get("TimeoutInMinutes")
        with flows.time_limit(operation, int(minutes) if minutes else None):
            reason = operation.forward()
        region.operations[call.stack_id].children.pop(call.logical_id)
        if reason is not None:
            flows.tell(operation, "CREATE_FAILED", reason)
            raise ResourceError(f"Embedded stack {stack.id} was not successfully created: {reason}")
        flows.commit(operation)
        flows.tell(operation, "CREATE_COMPLETE")
        return outcome(stack)

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],  # noqa: ARG002  # the interface of every handler
        old: Mapping[str, Any],  # noqa: ARG002  # as above
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Update the stack if anything in it differs; what is superfluous goes when the parent has succeeded."""
        region = self._region
        stack = region.stacks[physical_id]
        if region.operations[call.stack_id].undoing:
            return self._undo(call, stack)
        parent = region.stacks[call.stack_id]
        stack.act_for(parent)
        intent = self._intent(parent, stack, call, new)
        if not region.differs(stack, intent):
            return outcome(stack)
        operation = self._begin(call, stack, intent, "UPDATE_IN_PROGRESS")
        reason = operation.forward()
        if reason is not None:
            if flows.roll_back(operation, reason):
                region.operations[call.stack_id].children.pop(call.logical_id)
            raise ResourceError(
                f"Embedded stack {stack.id} was not successfully updated. "
                f"Currently in UPDATE_ROLLBACK_IN_PROGRESS with reason: {reason}"
            )
        flows.commit(operation)
        flows.tell(operation, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        return outcome(stack)

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:  # noqa: ARG002  # as above
        """Delete the stack."""
        stack = self._region.stacks.get(physical_id)
        if stack is None or not stack.exists:
            return
        stack.act_for(self._region.stacks[call.stack_id])
        operation = Operation(self._region, stack, stack.intent or self._region.nothing)
        self._region.operations[stack.id] = operation
        if left := flows.delete(operation):
            raise ResourceError(f"Embedded stack {stack.id} was not successfully deleted: {', '.join(left)}")

    def _begin(self, call: Call, stack: Stack, intent: Intent, status: str) -> Operation:
        parent = self._region.operations[call.stack_id]
        operation = Operation(self._region, stack, intent, parent.token, parent.adopting.below)
        with self._region.lock:
            self._region.operations[stack.id] = operation
            parent.children[call.logical_id] = operation
            if status.startswith("UPDATE"):
                stack.updated = now()
        if parent.cancelled.is_set():
            operation.cancelled.set()
        flows.tell(operation, status, "User Initiated")
        return operation

    def _undo(self, call: Call, stack: Stack) -> Made:
        children = self._region.operations[call.stack_id].children
        operation = children.get(call.logical_id)
        if operation is not None:
            if not flows.roll_back(operation, "The parent stack is rolled back"):
                raise ResourceError(f"Embedded stack {stack.id} was not successfully rolled back: {stack.reason}")
            del children[call.logical_id]
        return outcome(stack)

    def _intent(self, parent: Stack, stack: Stack, call: Call, properties: Mapping[str, Any]) -> Intent:
        given = {name: flat(value) for name, value in properties.get("Parameters", {}).items()}
        tags = {**call.tags, **tag_map(properties.get("Tags"))}
        try:
            body = properties.get("TemplateBody") or self._region.fetch(properties["TemplateURL"], parent.acting_role)
            return self._region.intent(stack, body, given, tags)
        except KeyError as error:
            raise RefusedError("Property TemplateURL cannot be empty.") from error
        except CloudFormationError as error:
            raise RefusedError(str(error.message)) from error


def outcome(stack: Stack) -> Made:
    """Return a stack as a resource."""
    return Made(stack.id, {f"Outputs.{output.key}": output.value for output in stack.outputs})


def flat(value: Any) -> str:
    """Return a parameter of a nested stack as the text that it is passed as."""
    return ",".join(text(item) for item in value) if isinstance(value, list) else text(value)
