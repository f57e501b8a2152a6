"""One region's projects and builds."""

from __future__ import annotations

import copy
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

import moto.codebuild.urls
from moto.codebuild.models import CodeBuildBackend

from rehearsal.codebuild.build import Build
from rehearsal.codebuild.errors import exists, invalid, limit_exceeded, not_found
from rehearsal.codebuild.plan import laid_over
from rehearsal.codebuild.projects import checked, completed
from rehearsal.codebuild.runner import Runner
from rehearsal.iam.trust import Acting

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.codebuild.projects import Project


class Backend(CodeBuildBackend):
    """CodeBuild in one region."""

    cloud: ClassVar[Cloud]

    def __init__(self, region_name: str, account_id: str) -> None:
        """Start empty."""
        super().__init__(region_name, account_id)
        self.projects: dict[str, Project] = {}
        self.builds: dict[str, Build] = {}
        self._numbers: Counter[str] = Counter()
        self._tokens: dict[tuple[str, str], str] = {}
        self._guard = threading.RLock()

    @property
    def _url_module(self) -> Any:
        return moto.codebuild.urls

    def create(self, settings: Project) -> Project:
        """Make a project."""
        name = checked(settings)["name"]
        self._require_trust(settings)
        with self._guard:
            if name in self.projects:
                raise exists(f"Project already exists: {self._arn(name)}")
            self.projects[name] = completed(settings, self._arn(name), self.region_name, self.account_id)
            return copy.deepcopy(self.projects[name])

    def update(self, settings: Project) -> Project:
        """Change a project; what is not named stays."""
        with self._guard:
            found = self.project(settings.get("name", ""))
            kept = {name: value for name, value in found.items() if name not in ADDED}
            changed = completed(checked({**kept, **settings}), found["arn"], self.region_name, self.account_id)
            self._require_trust(changed)
            self.projects[found["name"]] = {**changed, "created": found["created"]}
            return copy.deepcopy(self.projects[found["name"]])

    def project(self, name: str) -> Project:
        """Return a project by its name or ARN."""
        found = self.find(name)
        if found is None:
            raise not_found(f"Project cannot be found: {self._arn(name)}")
        return found

    def find(self, name: str) -> Project | None:
        """Return a project by its name or ARN, or nothing."""
        return self.projects.get(name.rpartition(":project/")[2])

    def delete(self, name: str) -> None:
        """Delete a project; its builds stay."""
        self.projects.pop(name.rpartition(":project/")[2], None)

    def begin(self, request: dict[str, Any], initiator: str) -> dict[str, Any]:
        """Start a build in the background and return it."""
        project = self.project(request.get("projectName", ""))
        with self._guard:
            token = (project["name"], request.get("idempotencyToken", ""))
            if token[1] and token in self._tokens:
                return self.builds[self._tokens[token]].described()
            plan = laid_over(project, request)
            self._check_limit(project)
            self._numbers[project["name"]] += 1
            initiator = _named_initiator(plan) or initiator
            build = Build(plan, self._numbers[project["name"]], initiator, self.region_name, self.account_id)
            self.builds[build.id] = build
            self._tokens[token] = build.id
        self.cloud.workers.spawn(f"build {build.id}", Runner(self.cloud, build).run)
        return build.described()

    def build(self, name: str) -> Build:
        """Return a build by its id or ARN."""
        short = name.rpartition(":build/")[2]
        if ":" not in short:
            raise invalid("Invalid build ID provided")
        if short not in self.builds:
            raise not_found(f"Build {name} does not exist")
        return self.builds[short]

    def listed(self, project: str | None, order: str) -> list[str]:
        """Return the ids of builds, newest first unless asked for otherwise."""
        found = [build.id for build in list(self.builds.values()) if project in (None, build.project)]
        return found if order == "ASCENDING" else found[::-1]

    def stop_all(self, seconds: float) -> None:
        """Stop every build and wait until they have ended."""
        running = [build for build in list(self.builds.values()) if not build.ended.is_set()]
        for build in running:
            build.stop()
        deadline = time.monotonic() + seconds
        for build in running:
            build.ended.wait(max(0, deadline - time.monotonic()))

    def _check_limit(self, project: Project) -> None:
        limit = project.get("concurrentBuildLimit")
        running = [each for each in self.builds.values() if each.project == project["name"] and not each.ended.is_set()]
        if limit and limit > 0 and len(running) >= limit:
            raise limit_exceeded(f"Project-level concurrent build limit cannot exceed {limit}")

    def _require_trust(self, settings: Project) -> None:
        role = settings["serviceRole"]
        if not Acting("codebuild.amazonaws.com", self._arn(settings["name"])).may_assume(self.cloud, role):
            raise invalid(f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}")

    def _arn(self, name: str) -> str:
        return f"arn:aws:codebuild:{self.region_name}:{self.account_id}:project/{name}"


ADDED = ("arn", "badge", "projectVisibility", "created", "lastModified")


def _named_initiator(plan: dict[str, Any]) -> str:
    """Return who starts the build, if a pipeline says that it does."""
    named = [
        each["value"] for each in plan["environment"]["environmentVariables"] if each["name"] == "CODEBUILD_INITIATOR"
    ]
    return str(named[0]) if named else ""
