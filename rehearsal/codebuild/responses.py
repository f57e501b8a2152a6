"""CodeBuild's wire protocol."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.codebuild.models import codebuild_backends
from moto.core.responses import BaseResponse
from moto.sts.models import sts_backends

from rehearsal.codebuild.errors import invalid
from rehearsal.eventbus.unimplemented import refusing

if TYPE_CHECKING:
    from rehearsal.codebuild.backend import Backend

PAGE = 100


class Response(BaseResponse):
    """One request."""

    call_action = refusing(BaseResponse.call_action)

    def __init__(self) -> None:
        """Name the service."""
        super().__init__(service_name="codebuild")

    @property
    def _backend(self) -> Backend:
        found: Any = codebuild_backends[self.current_account][self.region]
        return found  # type: ignore[no-any-return]  # moto is untyped here

    @property
    def _request(self) -> dict[str, Any]:
        return dict(json.loads(self.body or "{}"))

    def create_project(self) -> str:
        """Make a project."""
        return json.dumps({"project": self._backend.create(self._request)})

    def update_project(self) -> str:
        """Change a project."""
        return json.dumps({"project": self._backend.update(self._request)})

    def delete_project(self) -> str:
        """Delete a project."""
        self._backend.delete(self._request["name"])
        return "{}"

    def batch_get_projects(self) -> str:
        """Describe projects."""
        names = self._request["names"]
        found = {name: self._backend.find(name) for name in names}
        missing = [name for name in names if found[name] is None]
        return json.dumps({"projects": [each for each in found.values() if each], "projectsNotFound": missing})

    def list_projects(self) -> str:
        """Name all projects."""
        names = sorted(self._backend.projects, reverse=self._request.get("sortOrder") == "DESCENDING")
        return json.dumps(self._page("projects", names))

    def start_build(self) -> str:
        """Start a build."""
        return json.dumps({"build": self._backend.begin(self._request, self._caller())})

    def stop_build(self) -> str:
        """Stop a build and wait until it has ended."""
        build = self._backend.build(self._request["id"])
        build.stop()
        build.ended.wait(10)
        return json.dumps({"build": build.described()})

    def retry_build(self) -> str:
        """Start a build with the settings of an earlier one."""
        earlier = self._request.get("id")
        if not earlier:
            raise invalid("RetryBuild needs the id of an earlier build.")
        plan = self._backend.build(earlier).plan
        request = {"projectName": plan["name"], "artifactsOverride": plan["artifacts"]}
        request |= {"sourceTypeOverride": plan["source"]["type"], "serviceRoleOverride": plan["serviceRole"]}
        request |= {"sourceLocationOverride": plan["source"].get("location", "")}
        request |= {"buildspecOverride": plan["source"].get("buildspec", "")}
        request |= {"environmentVariablesOverride": plan["environment"]["environmentVariables"]}
        request |= {"secondarySourcesOverride": plan["secondarySources"]}
        request |= {"secondaryArtifactsOverride": plan["secondaryArtifacts"]}
        request |= {"sourceVersion": plan["sourceVersion"]} if "sourceVersion" in plan else {}
        return json.dumps({"build": self._backend.begin(request, self._caller())})

    def batch_get_builds(self) -> str:
        """Describe builds."""
        builds, missing = [], []
        for name in self._request["ids"]:
            short = name.rpartition(":build/")[2]
            if ":" not in short:
                raise invalid("Invalid build ID provided")
            if short in self._backend.builds:
                builds.append(self._backend.builds[short].described())
            else:
                missing.append(name)
        return json.dumps({"builds": builds, "buildsNotFound": missing})

    def list_builds(self) -> str:
        """Name all builds."""
        return json.dumps(self._page("ids", self._backend.listed(None, self._request.get("sortOrder", ""))))

    def list_builds_for_project(self) -> str:
        """Name the builds of a project."""
        project = self._backend.project(self._request["projectName"])["name"]
        return json.dumps(self._page("ids", self._backend.listed(project, self._request.get("sortOrder", ""))))

    def _page(self, name: str, items: list[str]) -> dict[str, Any]:
        token = self._request.get("nextToken") or "0"
        if not token.isdigit():
            raise invalid("Invalid nextToken provided")
        start = int(token)
        page: dict[str, Any] = {name: items[start : start + PAGE]}
        return page | ({"nextToken": str(start + PAGE)} if len(items) > start + PAGE else {})

    def _caller(self) -> str:
        """Return who starts a build: a role with its session, or the operator."""
        identity = str(getattr(self, "access_key", "") or "operator")
        for role in self._assumed():
            if role.access_key_id == identity:
                return f"{role.role_arn.rpartition('/')[2]}/{role.session_name}"
        return "operator"

    def _assumed(self) -> list[Any]:

        return list(sts_backends[self.current_account]["aws"].assumed_roles)
