"""The operations on change sets."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation import answers, asking
from rehearsal.cloudformation.adoption import Adoption
from rehearsal.cloudformation.changesets import ChangeSet, compare, described, new_id, summary
from rehearsal.cloudformation.errors import (
    AlreadyExistsError,
    ChangeSetNotFoundError,
    InvalidChangeSetStatusError,
    StackNotFoundError,
    ValidationError,
)
from rehearsal.cloudformation.operation import Operation
from rehearsal.cloudformation.stackcommands import require_updatable, start_creation, start_update

if TYPE_CHECKING:
    from rehearsal.cloudformation.asking import Asked
    from rehearsal.cloudformation.region import Region
    from rehearsal.cloudformation.stack import Stack


def create_change_set(region: Region, asked: Asked, caller: str | None) -> dict[str, Any]:
    """CreateChangeSet."""
    name = asking.checked_name(asked["ChangeSetName"], "changeSetName")
    kind = asked.get("ChangeSetType") or "UPDATE"
    existing = _target(region, asked, kind)
    # The aws command line names them by the second, and here several fit into one: only a pending one is in the way.
    if existing and any(one.name == name and one.execution == "AVAILABLE" for one in _of(region, existing)):
        raise AlreadyExistsError(f"ChangeSet {name} already exists")
    stack = existing or region.draft(asking.checked_name(asked["StackName"]))
    later = copy(stack)
    asking.take_settings(region, later, asked, caller)
    text = asking.body(region, asked, caller, existing)
    intent = region.intent(later, text, asking.parameters(asked, existing), asking.tags(asked, existing))
    change_set = ChangeSet(
        new_id(region, name),
        name,
        later,
        kind,
        intent,
        text,
        description=asked.get("Description"),
        role_arn=asked.get("RoleARN"),
        capabilities=later.capabilities,
        notification_arns=tuple(asked["NotificationARNs"]) if asked.get("NotificationARNs") else None,
        include_nested=bool(asked.get("IncludeNestedStacks")),
        on_failure=asked.get("OnStackFailure"),
        adopting=Adoption.asked(
            here=bool(asked.get("ImportExistingResources")), nested=bool(asked.get("IncludeNestedStacks"))
        ),
    )
    compare(region, change_set)
    change_set.stack = stack
    with region.lock:
        region.stacks.setdefault(stack.id, stack)
        region.change_sets[change_set.id] = change_set
    if existing is None:
        region.journal.stack(stack, "REVIEW_IN_PROGRESS", "User Initiated", asked.get("ClientToken"))
    return {"Id": change_set.id, "StackId": stack.id}


def _target(region: Region, asked: Asked, kind: str) -> Stack | None:
    if kind == "IMPORT":
        raise ValidationError("Change sets of type IMPORT are not supported here")
    name = asked["StackName"]
    stack = region.stacks.get(name) or region.named(name)
    if kind == "CREATE":
        if stack and stack.status != "REVIEW_IN_PROGRESS":
            raise ValidationError(
                f"Stack [{stack.name}] already exists and cannot be created again "
                f"with the changeSet [{asked['ChangeSetName']}]."
            )
        return stack
    if stack is None:
        raise StackNotFoundError(name)
    require_updatable(stack)
    return stack


def _of(region: Region, stack: Stack) -> list[ChangeSet]:
    with region.lock:
        return [one for one in region.change_sets.values() if one.stack is stack]


def _found(region: Region, asked: Asked) -> ChangeSet:
    name = asked["ChangeSetName"]
    if name in region.change_sets:
        return region.change_sets[name]
    if name.startswith("arn:"):
        raise ChangeSetNotFoundError(f"ChangeSet [{name}] does not exist")
    if not asked.get("StackName"):
        raise ValidationError("StackName must be specified if ChangeSetName is not specified as an ARN.")
    for one in reversed(_of(region, region.stack(asked["StackName"]))):
        if one.name == name:
            return one
    raise ChangeSetNotFoundError(f"ChangeSet [{name}] does not exist")


def describe_change_set(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """DescribeChangeSet."""
    shown = described(_found(region, asked))
    return {**shown, **answers.page("Changes", shown["Changes"], asked.get("NextToken"))}


def list_change_sets(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """ListChangeSets."""
    found = [summary(one) for one in _of(region, region.stack(asked["StackName"]))]
    return answers.page("Summaries", found, asked.get("NextToken"))


def delete_change_set(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """DeleteChangeSet."""
    doomed = _found(region, asked)
    if doomed.execution == "EXECUTE_IN_PROGRESS":
        raise InvalidChangeSetStatusError(
            f"ChangeSet [{doomed.id}] cannot be deleted in its current execution status of [{doomed.execution}]"
        )
    with region.lock:
        for below in [one for one in region.change_sets.values() if doomed.id in (one.root_id, one.parent_id)]:
            del region.change_sets[below.id]
        del region.change_sets[doomed.id]
    return {}


def execute_change_set(region: Region, asked: Asked, caller: str | None) -> dict[str, Any]:
    """ExecuteChangeSet."""
    change_set = _found(region, asked)
    stack = change_set.stack
    if change_set.parent_id:
        raise ValidationError("A nested change set is executed with its root change set only.")
    with region.lock:
        if change_set.execution != "AVAILABLE":
            raise InvalidChangeSetStatusError(
                f"ChangeSet [{change_set.id}] cannot be executed in its current "
                f"execution status of [{change_set.execution}]"
            )
        if change_set.kind == "UPDATE":
            require_updatable(stack)
        asking.take_role(region, stack, change_set.role_arn)
        change_set.execution = "EXECUTE_COMPLETE"
        for other in _of(region, stack):
            if other is not change_set and other.execution == "AVAILABLE":
                other.execution = "OBSOLETE"
    _take(change_set, caller)
    operation = Operation(
        region, stack, change_set.intent, asked.get("ClientRequestToken"), adopting=change_set.adopting
    )
    keep = bool(asked.get("DisableRollback")) or change_set.on_failure == "DO_NOTHING"
    if change_set.kind == "CREATE":
        start_creation(operation, "DO_NOTHING" if keep else change_set.on_failure or "ROLLBACK")
    else:
        start_update(operation, keep_failed=keep)
    return {}


def _take(change_set: ChangeSet, caller: str | None) -> None:
    stack = change_set.stack
    stack.change_set_id = change_set.id
    stack.caller_arn = caller
    stack.capabilities = change_set.capabilities
    if change_set.notification_arns is not None:
        stack.notification_arns = change_set.notification_arns
