"""Repositories of code."""

from __future__ import annotations

from rehearsal.cloudformation.handler import Described, Tagging
from rehearsal.cloudformation.handlers.terms import names, step

REPOSITORY = Described(
    type="AWS::CodeCommit::Repository",
    service="codecommit",
    creation=step("CreateRepository", "RepositoryDescription RepositoryName"),
    identity="Response.repositoryMetadata.repositoryId",
    updates=(step("UpdateRepositoryDescription", "RepositoryDescription", along="RepositoryName"),),
    defaults={"RepositoryDescription": ""},
    attributes={
        "Arn": "Response.repositoryMetadata.Arn",
        "CloneUrlHttp": "Response.repositoryMetadata.cloneUrlHttp",
        "CloneUrlSsh": "Response.repositoryMetadata.cloneUrlSsh",
        "Name": "Response.repositoryMetadata.repositoryName",
    },
    replacing=names("RepositoryName"),
    tagging=Tagging("TagResource", "UntagResource", {"resourceArn": "Attributes.Arn"}, mapped=True),
    removal=step("DeleteRepository", "RepositoryName"),
    gone=names("RepositoryDoesNotExistException"),
)
HANDLERS = (REPOSITORY,)
