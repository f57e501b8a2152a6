"""Source action: a branch of a CodeCommit repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codepipeline import sources
from rehearsal.codepipeline.records import Outcome, Revision

if TYPE_CHECKING:
    from rehearsal.codepipeline.task import Task


def perform(task: Task) -> Outcome:
    """Keep the files of the branch's last commit, or of the one that the execution was started with."""
    name, branch = task.configuration["RepositoryName"], task.configuration["BranchName"]
    codecommit = task.client("codecommit")
    commit_id = task.run.override
    if not commit_id:
        commit_id = codecommit.get_branch(repositoryName=name, branchName=branch)["branch"]["commitId"]
    commit = codecommit.get_commit(repositoryName=name, commitId=commit_id)["commit"]
    repository = f"arn:aws:codecommit:{task.region}:{task.cloud.account}:{name}"
    sources.permitted(task, "codecommit:UploadArchive", repository, {})
    for artifact in task.run.outputs:
        task.keep(artifact, sources.archive(task, name, commit_id))
    message = commit.get("message", "")
    variables = {
        "RepositoryName": name,
        "BranchName": branch,
        "CommitId": commit_id,
        "CommitMessage": message,
        "AuthorDate": commit.get("author", {}).get("date", ""),
        "CommitterDate": commit.get("committer", {}).get("date", ""),
    }
    url = f"https://{task.region}.console.aws.amazon.com/codesuite/codecommit/repositories/{name}/commit/{commit_id}"
    revision = Revision(task.run.action.name, commit_id, message, url, commit_id, task.driver.clock.now())
    return Outcome(variables=variables, summary=message, external_id=commit_id, url=url, revision=revision)
