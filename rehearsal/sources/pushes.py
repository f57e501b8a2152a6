"""What a push sets in motion: CodeCommit's events, and pipelines that wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.codepipeline import triggers
from rehearsal.sources.repositories import Repositories

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

CONNECTION = "CodeStarSourceConnection"
HEADS = "refs/heads/"
TAGS = "refs/tags/"


@dataclass(frozen=True)
class Update:
    """A branch or tag that a push moved."""

    repository: str
    old: str
    new: str
    reference: str

    @property
    def is_new(self) -> bool:
        """Say whether it was not there before."""
        return set(self.old) == {"0"}

    @property
    def is_gone(self) -> bool:
        """Say whether it is not there any more."""
        return set(self.new) == {"0"}

    @property
    def kind(self) -> str:
        """Return what CodeCommit calls it."""
        return "branch" if self.reference.startswith(HEADS) else "tag"

    @property
    def short(self) -> str:
        """Return the branch's or tag's own name."""
        return self.reference.removeprefix(HEADS).removeprefix(TAGS)


def pushed(cloud: Cloud, message: dict[str, Any]) -> None:
    """Take what the hook of a repository tells; raises KeyError for a message that is none."""
    for each in message["updates"]:
        update = Update(message["repository"], each["old"], each["new"], each["ref"])
        if update.reference.startswith((HEADS, TAGS)):
            _tell_codecommit(cloud, update)
            _tell_pipelines(cloud, update)


def _tell_codecommit(cloud: Cloud, update: Update) -> None:
    found = cloud.backend("codecommit").repositories.get(update.repository)
    if found is None:
        return
    event = "referenceDeleted" if update.is_gone else "referenceCreated" if update.is_new else "referenceUpdated"
    metadata = found.repository_metadata
    detail = {
        "callerUserArn": f"arn:aws:iam::{cloud.account}:user/operator",
        "event": event,
        "referenceFullName": update.reference,
        "referenceName": update.short,
        "referenceType": update.kind,
        "repositoryId": metadata["repositoryId"],
        "repositoryName": update.repository,
        **({} if update.is_gone else {"commitId": update.new}),
        **({} if update.is_new else {"oldCommitId": update.old}),
    }
    cloud.bus.emit("aws.codecommit", "CodeCommit Repository State Change", detail, [metadata["Arn"]])


def _tell_pipelines(cloud: Cloud, update: Update) -> None:
    if update.is_gone or update.kind != "branch":
        return
    repositories = Repositories(cloud.state)
    commit = repositories.commit(update.repository, update.new)
    triggers.pushed(
        CONNECTION,
        update.repository,
        update.short,
        commit.id,
        commit.message,
        commit.author,
        repositories.changed(update.repository, update.old, update.new),
    )
