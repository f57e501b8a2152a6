"""An action under way: what its provider is given to do it with."""

from __future__ import annotations

import io
import threading
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from rehearsal.codepipeline.records import Artifact, Outcome, failed
from rehearsal.iam.trust import Acting

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.cloud import Cloud
    from rehearsal.codepipeline.driver import Driver
    from rehearsal.codepipeline.records import ActionRun, Execution

SESSION = "codepipeline"


class AbandonedError(Exception):
    """Nobody waits for this action any more."""


class ActionError(Exception):
    """An action cannot be done, for a reason that the user is told."""

    def __init__(self, code: str, message: str) -> None:
        """Name the reason's kind as AWS does."""
        super().__init__(message)
        self.outcome = failed(code, message)


@dataclass
class Task:
    """One run of an action, with the hands of the role that it acts as."""

    driver: Driver
    region: str
    execution: Execution
    run: ActionRun
    progress: Callable[..., None]
    finish: Callable[[Outcome], bool]
    released: threading.Event = field(default_factory=threading.Event)
    _fetched: dict[str, bytes] = field(default_factory=dict)

    @property
    def cloud(self) -> Cloud:
        """Return the cloud that this happens in."""
        return self.driver.cloud

    @property
    def configuration(self) -> dict[str, str]:
        """Return the action's configuration, with its variables in place."""
        return dict(self.run.configuration)

    @property
    def role(self) -> str:
        """Return the role that the action is done with."""
        return self.run.action.role or self.execution.pipeline.role

    @property
    def acting(self) -> Acting:
        """Return as whom the pipeline's role is taken on."""
        return Acting("codepipeline.amazonaws.com", self.arn())

    def client(self, service: str) -> Any:
        """Return a client that may do what the action's role may."""
        self._require_action_role()
        acting = None if self.run.action.role else self.acting
        return self.cloud.client(service, self.region, role_arn=self.role, session=SESSION, acting=acting)

    def arn(self) -> str:
        """Return the pipeline's ARN."""
        return f"arn:aws:codepipeline:{self.region}:{self.cloud.account}:{self.execution.pipeline.name}"

    def pause(self, seconds: float) -> None:
        """Wait until there may be news, but not longer than this."""
        self.driver.bell.wait(seconds)
        if self.released.is_set():
            raise AbandonedError

    def fetch(self, artifact: Artifact) -> bytes:
        """Return an artifact's zip."""
        if artifact.key not in self._fetched:
            found = self._keeper().get_object(Bucket=artifact.bucket, Key=artifact.key)
            self._fetched[artifact.key] = found["Body"].read()
        return self._fetched[artifact.key]

    def file(self, name: str, path: str) -> bytes:
        """Return one file of an input artifact."""
        artifact = next((one for one in self.run.inputs if one.name == name), None)
        if artifact is None:
            raise ActionError("ConfigurationError", f"The action has no input artifact '{name}'.")
        with zipfile.ZipFile(io.BytesIO(self.fetch(artifact))) as archive:
            if path not in archive.namelist():
                raise ActionError("ConfigurationError", f"File [{path}] does not exist in artifact [{name}]")
            return archive.read(path)

    def keep(self, artifact: Artifact, content: bytes) -> None:
        """Put an artifact's zip into the artifact bucket, encrypted as the pipeline says."""
        key = self.execution.pipeline.key
        encryption = {"ServerSideEncryption": "aws:kms", **({"SSEKMSKeyId": key} if key else {})}
        self._keeper().put_object(Bucket=artifact.bucket, Key=artifact.key, Body=content, **encryption)

    def spare(self, purpose: str) -> Artifact:
        """Return a place in the artifact bucket for something that is no artifact."""
        pipeline = self.execution.pipeline
        return Artifact(purpose, pipeline.bucket, f"{pipeline.name[:20]}/{purpose}/{self.driver.world.label()}")

    def require(self, artifact: Artifact) -> None:
        """Fail if an output artifact was not left in the bucket."""
        s3 = self._keeper()
        try:
            s3.head_object(Bucket=artifact.bucket, Key=artifact.key)
        except s3.exceptions.ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status == 403:
                # The answer to a HEAD request has no body that could say more.
                message = f"{self.execution.pipeline.role} may not read s3://{artifact.bucket}/{artifact.key}"
                raise ActionError("PermissionError", message) from None
            if status != 404:
                raise
            message = f"The output artifact '{artifact.name}' is missing: s3://{artifact.bucket}/{artifact.key}"
            raise ActionError("JobFailed", message) from None

    def _require_action_role(self) -> None:
        """Fail if the action has a role of its own that the pipeline's role may not take on."""
        own, pipeline = self.run.action.role, self.execution.pipeline.role
        if own and self.cloud.gate and self.cloud.gate(pipeline, "sts:AssumeRole", own, {}):
            raise ActionError("PermissionError", f"{pipeline} is not authorized to perform AssumeRole on role {own}")

    def _keeper(self) -> Any:
        role = self.execution.pipeline.role
        return self.cloud.client("s3", self.region, role_arn=role, session=SESSION, acting=self.acting)


class Provider(Protocol):
    """What does actions of one type."""

    def __call__(self, task: Task) -> Outcome | None:
        """Do the action; without an outcome, it is a call from outside that ends it."""
