"""What the source actions need of whoever keeps the git repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from rehearsal.codepipeline.task import ActionError
from rehearsal.sources.repositories import Repositories as Served
from rehearsal.sources.repositories import RepositoryError

if TYPE_CHECKING:
    from datetime import datetime

    from rehearsal.codepipeline.task import Task


class Commit(Protocol):
    """A commit."""

    @property
    def id(self) -> str:
        """Return its hash."""

    @property
    def message(self) -> str:
        """Return its message."""

    @property
    def author(self) -> str:
        """Return who wrote it."""

    @property
    def date(self) -> datetime:
        """Return when it was written."""


class Repositories(Protocol):
    """Git repositories by name."""

    def head(self, name: str, branch: str) -> Commit:
        """Return the commit at the end of a branch."""

    def archive(self, name: str, commit: str) -> bytes:
        """Return the files of a commit as a zip."""


class Gate(Protocol):
    """What decides about actions that are no API call of their own, such as using a connection."""

    def __call__(self, role_arn: str, action: str, resource: str, context: dict[str, str]) -> str | None:
        """Return AWS's sentence of denial, or nothing if the role may."""


def repositories(task: Task) -> Repositories:
    """Return the git repositories of this cloud."""
    return task.driver.repositories or Served(task.cloud.state)


def permitted(task: Task, action: str, resource: str, context: dict[str, str]) -> None:
    """Fail if the action's role may not do this."""
    gate: Gate | None = task.driver.gate or getattr(task.cloud, "gate", None)
    denial = gate(task.role, action, resource, context) if gate else None
    if denial:
        raise ActionError("PermissionError", denial)


def archive(task: Task, name: str, commit: str) -> bytes:
    """Return the zip of a commit that must exist."""
    try:
        return repositories(task).archive(name, commit)
    except RepositoryError as error:
        raise ActionError("RevisionUnavailable", str(error)) from error


def head(task: Task, name: str, branch: str) -> Commit:
    """Return the last commit of a branch that must exist."""
    try:
        return repositories(task).head(name, branch)
    except RepositoryError as error:
        raise ActionError("ConfigurationError", str(error)) from error
