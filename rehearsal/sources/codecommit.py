"""CodeCommit, answered from git."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

import moto.codecommit.urls
from moto.codecommit.exceptions import InvalidRepositoryNameException
from moto.codecommit.models import CodeCommitBackend, codecommit_backends
from moto.codecommit.responses import CodeCommitResponse
from moto.core.exceptions import JsonRESTError

from rehearsal.eventbus.unimplemented import refusing
from rehearsal.sources.repositories import Commit, Person, Repositories, RepositoryError

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,99}")


class Backend(CodeCommitBackend):
    """The repositories of one region."""

    cloud: ClassVar[Cloud]

    @property
    def _url_module(self) -> Any:
        return moto.codecommit.urls

    def create_repository(self, repository_name: str, repository_description: str) -> dict[str, str]:
        """Make a repository, over the git repository of that name if there is one."""
        metadata = super().create_repository(repository_name, repository_description or "")
        path = Repositories(self.cloud.state).create(repository_name)
        # A clone needs an address that git can reach.
        metadata["cloneUrlHttp"] = metadata["cloneUrlSsh"] = path.absolute().as_uri()
        return metadata

    def delete_repository(self, repository_name: str) -> str | None:
        """Delete a repository and its git repository."""
        found = super().delete_repository(repository_name)
        if found:
            Repositories(self.cloud.state).delete(repository_name)
        return found


class Response(CodeCommitResponse):
    """CodeCommit's wire protocol."""

    cloud: ClassVar[Cloud]
    call_action = refusing(CodeCommitResponse.call_action)

    def create_repository(self) -> str:
        """Make a repository."""
        if not NAME.fullmatch(self._name) or self._name.endswith(".git"):
            raise InvalidRepositoryNameException
        return super().create_repository()

    def get_repository(self) -> str:
        """Describe a repository."""
        metadata = dict(self._metadata())
        if self._repositories.branches(self._name):
            metadata["defaultBranch"] = self._repositories.default_branch(self._name)
        return json.dumps({"repositoryMetadata": metadata})

    def list_repositories(self) -> str:
        """Name all repositories."""
        found = [each.repository_metadata for each in self.codecommit_backend.repositories.values()]
        names = ("repositoryName", "repositoryId")
        return json.dumps({"repositories": [{name: each[name] for name in names} for each in found]})

    def get_branch(self) -> str:
        """Return the commit that a branch is at."""
        self._metadata()
        branch = self._get_param("branchName")
        try:
            commit = self._repositories.head(self._name, branch)
        except RepositoryError:
            raise _missing("BranchDoesNotExistException", f"Branch {branch} does not exist") from None
        return json.dumps({"branch": {"branchName": branch, "commitId": commit.id}})

    def list_branches(self) -> str:
        """Name all branches."""
        self._metadata()
        return json.dumps({"branches": self._repositories.branches(self._name)})

    def get_commit(self) -> str:
        """Describe a commit."""
        self._metadata()
        wanted = self._get_param("commitId")
        try:
            return json.dumps({"commit": _described(self._repositories.commit(self._name, wanted))})
        except RepositoryError:
            raise _missing("CommitIdDoesNotExistException", f"The commit {wanted} does not exist") from None

    @property
    def _name(self) -> str:
        return str(self._get_param("repositoryName"))

    @property
    def _repositories(self) -> Repositories:
        return Repositories(self.cloud.state)

    def _metadata(self) -> dict[str, str]:
        return self.codecommit_backend.get_repository(self._name)


def _missing(code: str, message: str) -> JsonRESTError:
    return JsonRESTError(code, message)


def _described(commit: Commit) -> dict[str, Any]:
    return {
        "commitId": commit.id,
        "treeId": commit.tree,
        "parents": list(commit.parents),
        "message": commit.message,
        "author": _person(commit.written),
        "committer": _person(commit.made),
        "additionalData": "",
    }


def _person(person: Person) -> dict[str, str]:
    return {"name": person.name, "email": person.email, "date": f"{person.moment} +0000"}


def install(cloud: Cloud) -> None:
    """Answer for every region's CodeCommit."""
    Backend.cloud = Response.cloud = cloud
    _swap(Backend, Response)


def remove() -> None:
    """Leave moto as it was."""
    _swap(CodeCommitBackend, CodeCommitResponse)


def _swap(backend: type[CodeCommitBackend], response: type[CodeCommitResponse]) -> None:
    codecommit_backends.backend = backend
    codecommit_backends.clear()
    moto.codecommit.urls.url_paths = {"{0}/$": response.dispatch}
