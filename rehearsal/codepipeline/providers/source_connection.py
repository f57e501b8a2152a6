"""Source action: a branch of a repository behind a connection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rehearsal.codepipeline import sources
from rehearsal.codepipeline.records import Outcome, Revision

if TYPE_CHECKING:
    from rehearsal.codepipeline.task import Task


def perform(task: Task) -> Outcome:
    """Keep the files of the branch's last commit, or of the one that the execution was started with."""
    name, branch = task.configuration["FullRepositoryId"], task.configuration["BranchName"]
    connection = task.configuration["ConnectionArn"]
    service = connection.split(":")[2]
    sources.permitted(task, f"{service}:UseConnection", connection, {f"{service}:FullRepositoryId": name})
    head = sources.head(task, name, branch)
    commit_id = task.run.override or head.id
    for artifact in task.run.outputs:
        task.keep(artifact, sources.archive(task, name, commit_id))
    variables = {
        "ConnectionArn": connection,
        "FullRepositoryName": name,
        "BranchName": branch,
        "CommitId": commit_id,
    }
    told = ""
    if commit_id == head.id:
        told = head.message
        date = head.date.strftime("%Y-%m-%dT%H:%M:%SZ")
        variables |= {"CommitMessage": told, "AuthorDate": date, "AuthorDisplayName": head.author}
    # AWS's own summary of such a revision is this JSON text.
    summary = json.dumps({"ProviderType": "GitHub", "CommitMessage": told}, separators=(",", ":"))
    url = f"https://{task.region}.console.aws.amazon.com/codesuite/settings/connections/redirect?connectionArn="
    url += f"{connection}&referenceType=COMMIT&FullRepositoryId={name}&Commit={commit_id}"
    revision = Revision(task.run.action.name, commit_id, summary, url, commit_id, task.driver.clock.now())
    return Outcome(variables=variables, summary=summary, external_id=commit_id, url=url, revision=revision)
