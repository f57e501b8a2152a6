"""What is remembered of the runs of a pipeline: values that are replaced, never changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from rehearsal.codepipeline.definition import Action, Pipeline

IN_PROGRESS, SUCCEEDED, FAILED, ABANDONED = "InProgress", "Succeeded", "Failed", "Abandoned"
STOPPING, STOPPED, SUPERSEDED, CANCELLED = "Stopping", "Stopped", "Superseded", "Cancelled"
OPEN = frozenset({IN_PROGRESS, STOPPING})


@dataclass(frozen=True)
class Artifact:
    """A zip in the artifact bucket."""

    name: str
    bucket: str
    key: str
    revision: str = ""


@dataclass(frozen=True)
class Revision:
    """What a source action found."""

    action: str
    id: str
    summary: str = ""
    url: str = ""
    change: str = ""
    created: datetime | None = None


@dataclass(frozen=True)
class Failure:
    """Why an action failed."""

    code: str
    message: str


@dataclass(frozen=True)
class Outcome:
    """How an action ended."""

    status: str = SUCCEEDED
    failure: Failure | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    summary: str | None = None
    external_id: str | None = None
    url: str | None = None
    revision: Revision | None = None
    by: str | None = None


def failed(code: str, message: str, *, external_id: str | None = None) -> Outcome:
    """Return the outcome of an action that did not do it."""
    return Outcome(FAILED, Failure(code, message), external_id=external_id)


@dataclass(frozen=True)
class Scope:
    """What an execution has gathered so far: later actions can use it."""

    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    namespaces: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    revisions: tuple[Revision, ...] = ()


@dataclass(frozen=True)
class ActionRun:
    """One execution of one action."""

    id: str
    execution: str
    version: int
    stage: str
    action: Action
    started: datetime
    updated: datetime
    configuration: Mapping[str, str]
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[Artifact, ...] = ()
    token: str = ""
    override: str = ""
    status: str = IN_PROGRESS
    failure: Failure | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    summary: str | None = None
    external_id: str | None = None
    url: str | None = None
    percent: int | None = None
    by: str | None = None
    revision: Revision | None = None


@dataclass(frozen=True)
class StageRun:
    """One execution's time in one stage."""

    stage: str
    execution: str
    entry: Scope
    todo: tuple[str, ...]
    status: str = IN_PROGRESS
    failed: bool = False
    automatic_retries: int = 0
    manual_retries: int = 0
    retry_trigger: str = ""


@dataclass(frozen=True)
class Trigger:
    """What started an execution."""

    type: str
    detail: str = ""


@dataclass(frozen=True)
class Execution:
    """One run of a pipeline."""

    id: str
    pipeline: Pipeline
    trigger: Trigger
    started: datetime
    updated: datetime
    variables: Mapping[str, str] = field(default_factory=dict)
    overrides: Mapping[str, str] = field(default_factory=dict)
    status: str = IN_PROGRESS
    summary: str = ""
    stop_reason: str | None = None
    rollback_target: str = ""
    scope: Scope = field(default_factory=Scope)
    attempt: int = 1

    @property
    def type(self) -> str:
        """Return whether this goes forward or back."""
        return "ROLLBACK" if self.rollback_target else "STANDARD"


@dataclass(frozen=True)
class Gate:
    """The way into a stage, open or closed."""

    enabled: bool = True
    reason: str | None = None
    by: str | None = None
    at: datetime | None = None
