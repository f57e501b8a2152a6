"""Pushes that start pipelines, for whoever serves the repositories to tell of them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from rehearsal.cloud import ACCOUNT
from rehearsal.codepipeline import seam
from rehearsal.codepipeline.records import Trigger

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.codepipeline.backend import Backend
    from rehearsal.codepipeline.definition import Action, Pipeline

CONNECTION = "CodeStarSourceConnection"


def pushed(
    provider_type: str,
    full_repository_id: str,
    branch: str,
    commit: str,
    message: str,
    author: str,
    changed_paths: Iterable[str],
) -> list[str]:
    """Start the pipelines that a push to a repository is meant for, and return their executions.

    CodeCommit and S3 start theirs by rules of EventBridge.
    """
    if provider_type != CONNECTION:
        return []
    changed, about = list(changed_paths), {"commit": commit, "message": message, "author": author}
    return [
        started
        for backend in seam.backends(ACCOUNT)
        for name in sorted(backend.kept)
        if (started := _start(backend, name, full_repository_id, branch, changed, about))
    ]


def news() -> None:
    """Say that somebody else's work has moved on, so that actions waiting for it look at once."""
    for backend in seam.backends(ACCOUNT):
        backend.driver.bell.ring()


def _start(
    backend: Backend, name: str, repository: str, branch: str, changed: list[str], about: dict[str, str]
) -> str | None:
    with backend.turn(name) as machine:
        for source in machine.pipeline.stages[0].actions:
            if _of(source, repository) and listens(machine.pipeline, source, branch, changed):
                told = {"connectionArn": source.configuration["ConnectionArn"], "branch": branch, **about}
                trigger = Trigger("WebhookV2", json.dumps(told))
                return machine.start(trigger, overrides={source.name: about["commit"]}).id
    return None


def listens(pipeline: Pipeline, source: Action, branch: str, changed: list[str]) -> bool:
    """Return whether a push to a branch starts the pipeline."""
    triggers = [one["gitConfiguration"] for one in pipeline.triggers]
    own = [one for one in triggers if one["sourceActionName"] == source.name]
    if not own:
        detects = source.configuration.get("DetectChanges", "true").lower() == "true"
        return detects and source.configuration["BranchName"] == branch
    filters = [one for trigger in own for one in trigger.get("push", [])]
    if not any(trigger.get("push") for trigger in own):
        return source.configuration["BranchName"] == branch
    return any(_passes(one, branch, changed) for one in filters)


def _of(source: Action, full_repository_id: str) -> bool:
    return source.provider == CONNECTION and source.configuration["FullRepositoryId"] == full_repository_id


def _passes(wanted: dict[str, Any], branch: str, changed: list[str]) -> bool:
    branches, paths = wanted.get("branches"), wanted.get("filePaths")
    return (not branches or _chosen(branches, branch)) and (not paths or any(_chosen(paths, one) for one in changed))


def _chosen(patterns: dict[str, list[str]], text: str) -> bool:
    """An exclude wins over an include; without includes everything else is chosen."""
    if any(glob(pattern, text) for pattern in patterns.get("excludes", [])):
        return False
    includes = patterns.get("includes", [])
    return not includes or any(glob(pattern, text) for pattern in includes)


def glob(pattern: str, text: str) -> bool:
    """Match as git providers do: `*` stays within a folder, `**` does not."""
    regex = ""
    for part in _parts(pattern):
        match part:
            case "**/":
                regex += "(?:.*/)?"
            case "**":
                regex += ".*"
            case "*":
                regex += "[^/]*"
            case "?":
                regex += "[^/]"
            case _:
                regex += re.escape(part)
    return re.fullmatch(regex, text) is not None


def _parts(pattern: str) -> Iterable[str]:
    while pattern:
        part = next((one for one in ("**/", "**", "*", "?") if pattern.startswith(one)), pattern[0])
        yield part
        pattern = pattern[len(part) :]
