"""The operations that change stacks."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation import asking, flows
from rehearsal.cloudformation.errors import AlreadyExistsError, ValidationError
from rehearsal.cloudformation.operation import Operation
from rehearsal.cloudformation.stack import now

if TYPE_CHECKING:
    from rehearsal.cloudformation.asking import Asked
    from rehearsal.cloudformation.region import Region
    from rehearsal.cloudformation.stack import Stack

UPDATABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED"})


def create_stack(region: Region, asked: Asked, caller: str | None) -> dict[str, Any]:
    """CreateStack."""
    name = asking.checked_name(asked["StackName"])
    if asked.get("DisableRollback") and asked.get("OnFailure"):
        raise ValidationError("You can specify either DisableRollback or OnFailure, but not both.")
    if region.named(name) is not None:
        raise AlreadyExistsError(f"Stack [{name}] already exists")
    stack = region.draft(name)
    asking.take_settings(region, stack, asked, caller)
    stack.disable_rollback = bool(asked.get("DisableRollback"))
    stack.termination_protection = bool(asked.get("EnableTerminationProtection"))
    stack.timeout = asked.get("TimeoutInMinutes")
    text = asking.body(region, asked, caller)
    intent = region.intent(stack, text, asking.parameters(asked, None), asking.tags(asked))
    with region.lock:
        if region.named(name) is not None:
            raise AlreadyExistsError(f"Stack [{name}] already exists")
        stack.status = "CREATE_IN_PROGRESS"
        region.stacks[stack.id] = stack
    on_failure = "DO_NOTHING" if stack.disable_rollback else asked.get("OnFailure") or "ROLLBACK"
    start_creation(Operation(region, stack, intent, asked.get("ClientRequestToken")), on_failure)
    return {"StackId": stack.id}


def start_creation(operation: Operation, on_failure: str) -> None:
    """Set out to create."""
    region, stack, intent = operation.region, operation.stack, operation.intent
    stack.intent = intent
    flows.tell(operation, "CREATE_IN_PROGRESS", "User Initiated")
    region.launch(operation, flows.create, operation, on_failure)


def update_stack(region: Region, asked: Asked, caller: str | None) -> dict[str, Any]:
    """UpdateStack."""
    stack = region.stack(asked["StackName"])
    require_updatable(stack)
    text = asking.body(region, asked, caller, stack)
    # The new settings count only once the update has been accepted.
    later = copy(stack)
    asking.take_settings(region, later, asked, caller)
    intent = region.intent(later, text, asking.parameters(asked, stack), asking.tags(asked, stack))
    if stack.status != "UPDATE_FAILED" and not region.differs(later, intent):
        raise ValidationError("No updates are to be performed.")
    asking.take_settings(region, stack, asked, caller)
    keep = bool(asked.get("DisableRollback"))
    start_update(Operation(region, stack, intent, asked.get("ClientRequestToken")), keep_failed=keep)
    return {"StackId": stack.id}


def require_updatable(stack: Stack) -> None:
    """Refuse a stack that is in no state to be updated."""
    if not stack.exists or stack.status not in UPDATABLE:
        raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")


def start_update(operation: Operation, *, keep_failed: bool) -> None:
    """Set out to update."""
    region, stack = operation.region, operation.stack
    with region.lock:
        require_updatable(stack)
        # Taken at once, so that nobody else starts; told outside the lock, because telling calls others.
        stack.status, stack.updated = "UPDATE_IN_PROGRESS", now()
    flows.tell(operation, "UPDATE_IN_PROGRESS", "User Initiated")
    region.launch(operation, lambda: flows.update(operation, keep_failed=keep_failed))


def delete_stack(region: Region, asked: Asked, caller: str | None) -> dict[str, Any]:
    """DeleteStack; one that is not there is fine."""
    stack = region.stacks.get(asked["StackName"]) or region.named(asked["StackName"])
    if stack is None or not stack.exists:
        return {}
    with region.lock:
        if stack.status == "DELETE_IN_PROGRESS":
            return {}
        _require_deletable(stack, asked)
        asking.take_role(region, stack, asked.get("RoleARN"))
        running = region.operations.get(stack.id) if stack.status == "CREATE_IN_PROGRESS" else None
        stack.status = "DELETE_IN_PROGRESS"
    stack.caller_arn = caller
    retain = asked.get("RetainResources") or []
    operation = Operation(region, stack, stack.intent or region.nothing, asked.get("ClientRequestToken"))
    if running is not None:
        running.abandoned = True
        running.cancel("Resource creation cancelled")
    region.launch(operation, flows.delete, operation, retain, "User Initiated", after=running)
    return {}


def _require_deletable(stack: Stack, asked: Asked) -> None:
    if stack.termination_protection:
        raise ValidationError(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    if stack.busy and stack.status != "CREATE_IN_PROGRESS":
        raise ValidationError(f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
    if asked.get("RetainResources") and stack.status != "DELETE_FAILED":
        raise ValidationError(
            f"Invalid operation on stack [{stack.id}]. "
            "Specify which resources to retain only when stack is in DELETE_FAILED state."
        )


def cancel_update_stack(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """CancelUpdateStack."""
    stack = region.stack(asked["StackName"])
    operation = region.operations.get(stack.id)
    if stack.status != "UPDATE_IN_PROGRESS" or operation is None:
        raise ValidationError("CancelUpdateStack cannot be called from current stack status")
    operation.cancel("User Initiated")
    return {}


def continue_update_rollback(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """ContinueUpdateRollback."""
    stack = region.stack(asked["StackName"])
    skip = asked.get("ResourcesToSkip") or []
    with region.lock:
        operation = region.stuck.get(stack.id)
        if stack.status != "UPDATE_ROLLBACK_FAILED" or operation is None:
            raise ValidationError(f"Stack:{stack.id} is in {stack.status} state and can not be continued.")
        if strange := [name for name in skip if name not in operation.entries]:
            raise ValidationError(f"ResourcesToSkip names what is not in the rollback: [{', '.join(strange)}]")
        asking.take_role(region, stack, asked.get("RoleARN"))
        stack.status = "UPDATE_ROLLBACK_IN_PROGRESS"
    operation.token = asked.get("ClientRequestToken")
    region.launch(operation, flows.roll_back, operation, "User Initiated", skip)
    return {}


def update_termination_protection(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """UpdateTerminationProtection."""
    stack = region.stack(asked["StackName"])
    if stack.parent_id:
        raise ValidationError("Termination protection of a nested stack is that of its root stack.")
    stack.termination_protection = bool(asked["EnableTerminationProtection"])
    return {"StackId": stack.id}
