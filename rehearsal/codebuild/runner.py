"""Running one build from its first phase to its last."""

from __future__ import annotations

import logging
import shutil
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.codebuild import buildspec, changes
from rehearsal.codebuild.artifacts import store_all
from rehearsal.codebuild.errors import BuildError
from rehearsal.codebuild.fetching import fetch_all
from rehearsal.codebuild.shell import Limits, Shell, StoppedError
from rehearsal.codebuild.transcript import Transcript, identity
from rehearsal.codebuild.variables import assembled
from rehearsal.codebuild.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.cloud import Cloud
    from rehearsal.codebuild.build import Build

LOG = logging.getLogger("rehearsal.codebuild")
MINUTE = 60.0


class Runner:
    """One build while it runs."""

    def __init__(self, cloud: Cloud, build: Build) -> None:
        """Take what to run."""
        self._cloud = cloud
        self._build = build
        self._log = Transcript(cloud, build)
        shelf = cloud.state / "builds"
        self._workspace = Workspace(shelf / build.uuid, shelf)
        deadline = time.monotonic() + build.plan["timeoutInMinutes"] * MINUTE
        self._limits = Limits(deadline, build.stop_pipe)
        self._spec = buildspec.Buildspec()
        self._shell: Shell | None = None
        self._status = "SUCCEEDED"

    def run(self) -> None:
        """Run the build; whatever happens, it ends."""
        build = self._build
        try:
            build.leave("QUEUED", "SUCCEEDED")
            changes.emit(self._cloud, build)
            self._all_phases()
            self._phase("FINALIZING", self._finish)
        except StoppedError:
            pass
        except BaseException:
            self._status = "FAULT"
            raise
        finally:
            self._clean()
            build.finish(self._status)
            changes.emit(self._cloud, build)
            build.close()

    def _all_phases(self) -> None:
        going = self._phase("PROVISIONING", self._provision) and self._phase("DOWNLOAD_SOURCE", self._download)
        for name in ("install", "pre_build") if going else ():
            if not self._phase(name.upper(), self._commands(name)) and not self._goes_on(name):
                return
        if not going:
            return
        # What comes after the build runs although the build failed, and decides whether artifacts are stored.
        self._phase("BUILD", self._commands("build"))
        if self._phase("POST_BUILD", self._commands("post_build")) or self._goes_on("post_build"):
            self._phase("UPLOAD_ARTIFACTS", self._upload)

    def _goes_on(self, name: str) -> bool:
        phase = self._spec.phases.get(name)
        return phase is not None and phase.goes_on

    def _phase(self, name: str, work: Callable[[], None]) -> bool:
        """Run one phase and say whether it succeeded; raises StoppedError if nothing may follow."""
        build = self._build
        build.enter(name)
        self._log.note(f"Entering phase {name}")
        status, context = "SUCCEEDED", None
        try:
            self._check_limits()
            work()
        except BuildError as error:
            status, context = "FAILED", {"statusCode": error.status, "message": str(error)}
        except (ClientError, BotoCoreError) as error:
            status, context = "FAILED", {"statusCode": "CLIENT_ERROR", "message": str(error)}
        except StoppedError:
            status = "STOPPED" if build.stopping.is_set() else "TIMED_OUT"
        build.leave(name, status, [context] if context else None)
        self._tell(name, status, context)
        if status == "SUCCEEDED":
            return True
        if not self._goes_on(name.lower()) or status != "FAILED":
            self._status = status
        if status != "FAILED":
            raise StoppedError
        return False

    def _tell(self, name: str, status: str, context: dict[str, str] | None) -> None:
        self._log.flush()
        self._log.note(f"Phase complete: {name} State: {status}")
        code, message = (context["statusCode"], context["message"]) if context else ("", "")
        self._log.note(f"Phase context status code: {code} Message: {message}")

    def _check_limits(self) -> None:
        if self._build.stopping.is_set() or time.monotonic() > self._limits.deadline:
            raise StoppedError

    def _provision(self) -> None:
        self._log.open()
        self._workspace.prepare()

    def _download(self) -> None:
        build = self._build
        resolved = fetch_all(self._cloud, build, self._workspace)
        if resolved:
            build.set(resolvedSourceVersion=resolved)
        self._spec = buildspec.parse(self._buildspec())
        if not shutil.which(self._spec.shell):
            raise BuildError("CLIENT_ERROR", f"This machine has no {self._spec.shell} to run the commands with")
        variables = assembled(self._cloud, build, self._spec, self._workspace, resolved)
        papers = self._workspace.papers
        self._shell = Shell(self._cloud.warden, self._spec.shell, papers, variables, self._log.said)
        self._shell.begin(self._workspace.source)

    def _buildspec(self) -> str:
        given = self._build.plan["source"].get("buildspec", "") or "buildspec.yml"
        if "\n" in given or given.lstrip().startswith("{"):
            return str(given)
        if given.startswith("arn:aws:s3:::"):
            raise BuildError("YAML_FILE_ERROR", "The rehearsal does not support a buildspec in S3.")
        file = self._workspace.source / given
        if not file.is_file():
            raise BuildError("YAML_FILE_ERROR", f"stat {file}: no such file or directory")
        return file.read_text(encoding="utf-8")

    def _commands(self, name: str) -> Callable[[], None]:
        def work() -> None:
            phase = self._spec.phases.get(name, buildspec.Phase())
            if name != "install" and self._status != "SUCCEEDED":
                self._run_one("export CODEBUILD_BUILD_SUCCEEDING=0", quietly=True)
            try:
                for command in phase.commands:
                    self._run_one(command)
            finally:
                if not self._build.stopping.is_set() and time.monotonic() < self._limits.deadline:
                    for command in phase.finally_:
                        self._run_one(command)

        return work

    def _run_one(self, command: str, *, quietly: bool = False) -> None:
        self._check_limits()
        if not quietly:
            self._log.note(f"Running command {command}")
        assert self._shell  # noqa: S101 - started before any command
        status = self._shell.run(command, self._limits)
        self._log.flush()
        if status:
            text = f"Error while executing command: {command}. Reason: exit status {status}"
            self._log.note(f"Command did not exit successfully {command} exit status {status}")
            raise BuildError("COMMAND_EXECUTION_ERROR", text)

    def _upload(self) -> None:
        store_all(self._cloud, self._build, self._spec, self._workspace.source)

    def _finish(self) -> None:
        if self._shell is None:
            return
        variables = self._shell.end()
        exported = [{"name": name, "value": variables.get(name, "")} for name in self._spec.exported]
        self._build.set(exportedEnvironmentVariables=exported)

    def _clean(self) -> None:
        if self._shell:
            self._shell.kill()
        self._log.close()
        self._cloud.forget(identity(self._build)["session"])
        shutil.rmtree(self._workspace.root, onerror=_note)


def _note(_: Any, path: str, problem: Any) -> None:
    if not isinstance(problem[1], FileNotFoundError):
        LOG.warning("%s of a build is left: %s", path, problem[1])
