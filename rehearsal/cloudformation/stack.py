"""What is known of a stack: its resources, its outputs, and what happened to it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.parameters import Parameter
    from rehearsal.cloudformation.template import Template

STACK_TYPE = "AWS::CloudFormation::Stack"


def now() -> datetime:
    """Return the time that the API prints."""
    return datetime.now(UTC)


@dataclass
class Resource:
    """A resource of a stack, as it stands."""

    logical_id: str
    type: str
    physical_id: str = ""
    status: str = ""
    reason: str | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    depends_on: frozenset[str] = frozenset()
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    updated: datetime = field(default_factory=now)
    # It was there before the stack.
    adopted: bool = False

    def take_over(self, other: Resource) -> None:
        """Become like another in what no service knows of: its place among the others, policies, tags to inherit."""
        self.depends_on, self.metadata, self.tags = other.depends_on, other.metadata, other.tags
        self.deletion_policy, self.update_replace_policy = other.deletion_policy, other.update_replace_policy


@dataclass(frozen=True)
class Output:
    """One output of a stack."""

    key: str
    value: str
    description: str | None = None
    export: str | None = None


@dataclass(frozen=True)
class Event:
    """One thing that happened."""

    stack_id: str
    stack_name: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None = None
    properties: str | None = None
    token: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    time: datetime = field(default_factory=now)


@dataclass(frozen=True)
class Intent:
    """What a stack shall be: template, parameters, tags."""

    template: Template
    # What the caller gave; parameters left to their defaults are not in it.
    given: Mapping[str, str]
    parameters: Mapping[str, Parameter]
    tags: Mapping[str, str]


@dataclass
class Stack:
    """A stack."""

    id: str
    name: str
    region: str
    account: str
    intent: Intent | None = None
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    parent_id: str | None = None
    root_id: str | None = None
    role_arn: str | None = None
    # Whose rights are used when the stack has no role of its own.
    caller_arn: str | None = None
    capabilities: tuple[str, ...] = ()
    notification_arns: tuple[str, ...] = ()
    disable_rollback: bool = False
    termination_protection: bool = False
    timeout: int | None = None
    change_set_id: str | None = None
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)

    @property
    def acting_role(self) -> str | None:
        """Return the role that calls are made with."""
        return self.role_arn or self.caller_arn

    @property
    def exists(self) -> bool:
        """Tell whether it has not been deleted."""
        return self.status != "DELETE_COMPLETE"

    @property
    def busy(self) -> bool:
        """Tell whether an operation is under way."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def tags(self) -> Mapping[str, str]:
        """Return its tags."""
        return self.intent.tags if self.intent else {}

    def act_for(self, parent: Stack) -> None:
        """Use the rights of the parent stack."""
        self.role_arn, self.caller_arn = parent.role_arn, parent.caller_arn
        self.capabilities = parent.capabilities

    def exports(self) -> dict[str, Output]:
        """Return what it exports, by name of the export."""
        return {output.export: output for output in self.outputs if output.export}
