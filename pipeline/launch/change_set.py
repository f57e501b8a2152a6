"""A change set: what CloudFormation would do, worked out before it does it."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from pipeline import aws_errors
from pipeline.clock import Clock
from pipeline.launch import stack as stacks
from traffic.errors import FlipsideError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.type_defs import ResourceChangeTypeDef

Kind = Literal["CREATE", "UPDATE"]
# AWS has two texts for the same thing.
UNCHANGED = ("didn't contain changes", "No updates are to be performed")
NESTED = re.compile(r"arn:\S+:changeSet/[\w/-]+")
SHORTEST, LONGEST = 0.5, 5.0
LONGEST_CLEANUP = 120.0


@dataclass(frozen=True)
class Target:
    """What a stack should be."""

    name: str
    template_url: str
    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    tags: Mapping[str, str]

    @property
    def digest(self) -> str:
        """Names a change set by what it would bring about."""
        whole = json.dumps([self.template_url, dict(self.parameters), dict(self.tags)], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Change:
    """What would happen to one resource."""

    path: tuple[str, ...]
    action: str
    resource: str
    type: str
    replacement: str
    policy: str

    @property
    def replaces(self) -> bool:
        """Whether the resource would, or might, be made anew and the old one removed."""
        return self.replacement in {"True", "Conditional"}

    @property
    def removes(self) -> bool:
        """Whether the resource would go."""
        return self.action == "Remove"


@dataclass(frozen=True)
class ChangeSet:
    """A change set that can be carried out."""

    id: str
    stack_id: str
    kind: Kind
    changes: tuple[Change, ...]
    unforeseen: str = ""


@dataclass(frozen=True)
class ChangeSets:
    """Drafts change sets, and carries them out or takes them away again."""

    client: "CloudFormationClient"
    clock: Clock

    def draft(self, target: Target, kind: Kind) -> ChangeSet | None:
        """Let CloudFormation work out the changes, those in nested stacks included. None: there are none."""
        drafted = self._draft(target, kind, nested=True)
        if isinstance(drafted, str) and NESTED.search(drafted):
            # CloudFormation cannot always foresee a nested stack: its parameters may be outputs that do not exist yet.
            foreseen = drafted
            drafted = self._draft(target, kind, nested=False)
            if isinstance(drafted, ChangeSet):
                drafted = ChangeSet(drafted.id, drafted.stack_id, kind, drafted.changes, unforeseen=foreseen)
        if isinstance(drafted, str):
            raise FlipsideError(f"CloudFormation cannot work out the changes to stack {target.name}: {drafted}")
        return drafted

    def carry_out(self, drafted: ChangeSet) -> None:
        """Start the changes. Without an answer it is not known whether they have started: nothing is removed."""
        try:
            self.client.execute_change_set(ChangeSetName=drafted.id)
        except ClientError:
            self.abandon(drafted.id, drafted.stack_id)
            raise

    def abandon(self, change_set_id: str, stack_id: str) -> None:
        """Remove a change set, and the stack too if it is no more than a wish to be created."""
        self._remove(change_set_id)
        stack = stacks.find(self.client, stack_id)
        if stack and stack.status == "REVIEW_IN_PROGRESS":
            self.client.delete_stack(StackName=stack.id)
            self._wait("the stack that was to be created", lambda: stacks.find(self.client, stack_id) is None)

    def _draft(self, target: Target, kind: Kind, *, nested: bool) -> ChangeSet | str | None:
        try:
            made = self._create(target, kind, nested=nested)
        except ClientError as error:
            if _says_unchanged(aws_errors.message(error)):
                return None
            raise
        change_set_id, stack_id = made["Id"], made["StackId"]
        usable = False
        try:
            status, reason = self._worked_out(change_set_id)
            if status == "CREATE_COMPLETE":
                changes = tuple(self._changes(change_set_id, (target.name,)))
                usable = True
                return ChangeSet(change_set_id, stack_id, kind, changes)
            return None if _says_unchanged(reason) else self._detailed(change_set_id, reason)
        finally:
            if not usable:
                self.abandon(change_set_id, stack_id)

    def _create(self, target: Target, kind: Kind, *, nested: bool) -> Mapping[str, str]:
        name = f"flipside-{target.digest}"
        arguments: dict[str, Any] = {
            "StackName": target.name,
            "ChangeSetName": name,
            "ChangeSetType": kind,
            "TemplateURL": target.template_url,
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in sorted(target.parameters.items())],
            "Tags": [{"Key": k, "Value": v} for k, v in sorted(target.tags.items())],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "IncludeNestedStacks": nested,
        }
        try:
            return self._ids(arguments)
        except ClientError as error:
            if aws_errors.code(error) != "AlreadyExistsException":
                raise
        # A run that was cut off left it behind; what it says may be out of date.
        left = self.client.describe_change_set(StackName=target.name, ChangeSetName=name)
        self._remove(left["ChangeSetId"])
        return self._ids(arguments)

    def _ids(self, arguments: dict[str, Any]) -> Mapping[str, str]:
        made = self.client.create_change_set(**arguments)
        return {"Id": made["Id"], "StackId": made["StackId"]}

    def _worked_out(self, change_set_id: str) -> tuple[str, str]:
        pause = SHORTEST
        while True:
            found = self.client.describe_change_set(ChangeSetName=change_set_id)
            if found["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
                return found["Status"], found.get("StatusReason", "")
            self.clock.sleep(pause)
            pause = min(pause * 1.5, LONGEST)

    def _changes(self, change_set_id: str, path: tuple[str, ...]) -> Iterator[Change]:
        for page in self.client.get_paginator("describe_change_set").paginate(ChangeSetName=change_set_id):
            for found in page["Changes"]:
                if change := found.get("ResourceChange"):
                    yield _change(change, path)
                    if inner := change.get("ChangeSetId"):
                        yield from self._changes(inner, (*path, change["LogicalResourceId"]))

    def _detailed(self, change_set_id: str, reason: str) -> str:
        """Add what the reason leaves out: a nested change set's own reason, or what validation found."""
        if inner := NESTED.search(reason):
            found = self.client.describe_change_set(ChangeSetName=inner.group())
            return f"{reason} {self._detailed(inner.group(), found.get('StatusReason', ''))}".strip()
        if "DescribeEvents" not in reason:
            return reason or "AWS gives no reason."
        try:
            found_events = self.client.describe_events(ChangeSetName=change_set_id, Filters={"FailedEvents": True})
        except ClientError as error:
            return f"{reason} ({aws_errors.explain(error)})"
        told = [
            f"{event.get('LogicalResourceId', '')}: {event.get('ValidationStatusReason', '')}"
            for event in found_events["OperationEvents"]
            if event.get("ValidationStatusReason")
        ]
        return "; ".join(told) or reason

    def _remove(self, change_set_id: str) -> None:
        self._wait("a change set", lambda: self._is_removed(change_set_id))

    def _is_removed(self, change_set_id: str) -> bool:
        try:
            self.client.delete_change_set(ChangeSetName=change_set_id)
            # Those of nested stacks go one after the other, and theirs before the root's.
            self.client.describe_change_set(ChangeSetName=change_set_id)
        except ClientError as error:
            name = aws_errors.code(error)
            if name == "ChangeSetNotFound" or "does not exist" in aws_errors.message(error):
                return True
            if name != "InvalidChangeSetStatus":
                raise
        return False

    def _wait(self, what: str, gone: Callable[[], bool]) -> None:
        began, pause = self.clock.now(), SHORTEST
        while not gone():
            if self.clock.now() - began > LONGEST_CLEANUP:
                raise FlipsideError(f"CloudFormation does not remove {what}; the console shows why.")
            self.clock.sleep(pause)
            pause = min(pause * 1.5, LONGEST)


def _says_unchanged(reason: str) -> bool:
    return any(text in reason for text in UNCHANGED) and not NESTED.search(reason)


def _change(found: "ResourceChangeTypeDef", path: tuple[str, ...]) -> Change:
    return Change(
        path=path,
        action=found.get("Action", ""),
        resource=found.get("LogicalResourceId", ""),
        type=found.get("ResourceType", ""),
        replacement=found.get("Replacement", ""),
        policy=found.get("PolicyAction", ""),
    )
