"""Change sets: an intent, what it would change, and whether it may be carried out."""

from __future__ import annotations

import uuid
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.adoption import KEEPING, Adoption, refusal
from rehearsal.cloudformation.differences import Change, Comparison
from rehearsal.cloudformation.errors import CloudFormationError
from rehearsal.cloudformation.nested import flat
from rehearsal.cloudformation.resolver import UnknownValueError
from rehearsal.cloudformation.stack import STACK_TYPE, now

if TYPE_CHECKING:
    from datetime import datetime

    from rehearsal.cloudformation.region import Region
    from rehearsal.cloudformation.stack import Intent, Stack

UNCHANGED = "The submitted information didn't contain changes. Submit different information to create a change set."


@dataclass
class ChangeSet:
    """One change set."""

    id: str
    name: str
    stack: Stack
    kind: str
    intent: Intent
    body: str
    description: str | None = None
    role_arn: str | None = None
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] | None = None
    include_nested: bool = False
    on_failure: str | None = None
    adopting: Adoption = Adoption.NONE
    parent_id: str | None = None
    root_id: str | None = None
    changes: list[Change] = field(default_factory=list)
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution: str = "AVAILABLE"
    created: datetime = field(default_factory=now)

    def fail(self, reason: str) -> None:
        """Forbid its execution."""
        self.status, self.execution, self.reason = "FAILED", "UNAVAILABLE", reason


def new_id(region: Region, name: str) -> str:
    """Make up the id of a change set."""
    return f"arn:aws:cloudformation:{region.name}:{region.account}:changeSet/{name}/{uuid.uuid4()}"


def compare(region: Region, change_set: ChangeSet) -> None:
    """Find out what the change set would do."""
    stack, intent = change_set.stack, change_set.intent
    comparison = Comparison(region, stack, intent, change_set.adopting)
    changes = comparison.changes()
    if change_set.include_nested:
        changes = [change for change in changes if _entered(region, change_set, comparison, change)]
    change_set.changes = changes
    if change_set.kind == "UPDATE" and not (
        changes or dict(stack.tags) != dict(intent.tags) or comparison.outputs_differ()
    ):
        change_set.fail(UNCHANGED)
    if losable := [change for change in changes if change.action == "Import" and _losable(intent, change)]:
        change_set.fail(refusal((change.logical_id, change.physical_id or "") for change in losable))


def _losable(intent: Intent, change: Change) -> bool:
    return intent.template.resources[change.logical_id].deletion_policy not in KEEPING


def _entered(region: Region, above: ChangeSet, comparison: Comparison, change: Change) -> bool:
    """Make the change set of a nested stack; tell whether anything is left to change."""
    if change.type != STACK_TYPE or change.action == "Remove":
        return True
    below = _nested(region, above, comparison, change)
    change.change_set_id = below.id
    if below.status == "FAILED" and below.reason == UNCHANGED:
        return any(detail.source != "Automatic" for detail in change.details)
    if below.status == "FAILED":
        above.fail(f"Nested change set {below.id} was not successfully created: Currently in FAILED.")
    region.change_sets[below.id] = below
    return True


def _nested(region: Region, above: ChangeSet, comparison: Comparison, change: Change) -> ChangeSet:
    declared = comparison.wanted[change.logical_id]
    existing = region.stacks.get(change.physical_id or "")
    stack = copy(existing) if existing else region.draft(f"{above.stack.name}-{change.logical_id}", parent=above.stack)
    stack.act_for(above.stack)
    name = f"{above.name}-{change.logical_id}"
    below = ChangeSet(
        new_id(region, name),
        name,
        stack,
        "UPDATE" if existing else "CREATE",
        region.nothing,
        "",
        include_nested=True,
        adopting=above.adopting,
        parent_id=above.id,
        root_id=above.root_id or above.id,
    )
    resolve = comparison.scoping.resolver.properties
    try:
        below.body = region.fetch(resolve(declared.properties["TemplateURL"]), above.stack.acting_role)
        given = {key: flat(resolve(value)) for key, value in declared.properties.get("Parameters", {}).items()}
        below.intent = region.intent(stack, below.body, given, above.intent.tags)
        compare(region, below)
    except UnknownValueError:
        # A parameter waits for a resource that is not there yet: what changes inside cannot be known now.
        below.changes = []
    except CloudFormationError as error:
        below.fail(str(error.message))
    below.stack = existing or stack
    return below


def summary(change_set: ChangeSet) -> dict[str, Any]:
    """Return it as ListChangeSets prints it."""
    return {
        "StackId": change_set.stack.id,
        "StackName": change_set.stack.name,
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "ExecutionStatus": change_set.execution,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "CreationTime": change_set.created,
        "Description": change_set.description,
        "IncludeNestedStacks": change_set.include_nested,
        "ImportExistingResources": change_set.adopting is not Adoption.NONE,
        "ParentChangeSetId": change_set.parent_id,
        "RootChangeSetId": change_set.root_id,
    }


def described(change_set: ChangeSet) -> dict[str, Any]:
    """Return it as DescribeChangeSet prints it."""
    return {
        **summary(change_set),
        "Parameters": [bound.shown() for bound in change_set.intent.parameters.values()],
        "Tags": [{"Key": key, "Value": value} for key, value in change_set.intent.tags.items()],
        "Capabilities": list(change_set.capabilities),
        "NotificationARNs": list(change_set.notification_arns or ()),
        "Changes": [change.shown() for change in change_set.changes],
        "OnStackFailure": change_set.on_failure,
    }
