"""One build as CodeBuild describes it, and the means to stop it."""

from __future__ import annotations

import copy
import os
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.codebuild.plan import Plan

COPIED = (
    "serviceRole",
    "source",
    "secondarySources",
    "secondarySourceVersions",
    "sourceVersion",
    "environment",
    "cache",
    "timeoutInMinutes",
    "queuedTimeoutInMinutes",
    "encryptionKey",
    "vpcConfig",
)


class Build:
    """The record of a build; whoever reads it gets a copy."""

    def __init__(self, plan: Plan, number: int, initiator: str, region: str, account: str) -> None:
        """Begin as a build that was submitted and waits."""
        self.plan = plan
        self.region = region
        self.project = str(plan["name"])
        self.uuid = str(uuid.uuid4())
        self.id = f"{self.project}:{self.uuid}"
        self.arn = f"arn:aws:codebuild:{region}:{account}:build/{self.id}"
        self.project_arn = f"arn:aws:codebuild:{region}:{account}:project/{self.project}"
        self.role = str(plan["serviceRole"])
        self._guard = threading.Lock()
        self._stop_read, self._stop_write = os.pipe()
        self.stopping = threading.Event()
        self.ended = threading.Event()
        self._record: dict[str, Any] = {
            **{name: copy.deepcopy(plan[name]) for name in COPIED if name in plan},
            "id": self.id,
            "arn": self.arn,
            "buildNumber": number,
            "startTime": time.time(),
            "currentPhase": "SUBMITTED",
            "buildStatus": "IN_PROGRESS",
            "projectName": self.project,
            "phases": [],
            "artifacts": {},
            "secondaryArtifacts": [],
            "logs": self._logs(region, account),
            "buildComplete": False,
            "initiator": initiator,
            "exportedEnvironmentVariables": [],
        }
        self.enter("SUBMITTED")
        self.leave("SUBMITTED", "SUCCEEDED")
        self.enter("QUEUED")

    @property
    def number(self) -> int:
        """Return which build of its project this is."""
        return int(self._record["buildNumber"])

    @property
    def initiator(self) -> str:
        """Return who started it."""
        return str(self._record["initiator"])

    @property
    def stop_pipe(self) -> int:
        """Return a file that can be read from once the build is to stop."""
        return self._stop_read

    @property
    def log_group(self) -> str:
        """Return where its log goes."""
        return str(self.log_settings.get("groupName") or f"/aws/codebuild/{self.project}")

    @property
    def log_stream(self) -> str:
        """Return the name of its log."""
        prefix = self.log_settings.get("streamName")
        return f"{prefix}/{self.uuid}" if prefix else self.uuid

    @property
    def log_settings(self) -> dict[str, Any]:
        """Return what is set of its log."""
        return dict(self.plan.get("logsConfig", {}).get("cloudWatchLogs") or {"status": "ENABLED"})

    def described(self) -> dict[str, Any]:
        """Return the record as it stands."""
        with self._guard:
            return copy.deepcopy(self._record)

    def enter(self, phase: str) -> None:
        """Begin a phase."""
        with self._guard:
            self._record["currentPhase"] = phase
            self._record["phases"].append({"phaseType": phase, "startTime": time.time()})

    def leave(self, phase: str, status: str, contexts: list[dict[str, str]] | None = None) -> None:
        """End the phase that runs."""
        with self._guard:
            (found,) = [each for each in self._record["phases"] if each["phaseType"] == phase]
            now = time.time()
            found |= {"phaseStatus": status, "endTime": now, "durationInSeconds": int(now - found["startTime"])}
            found["contexts"] = contexts or [{"statusCode": "", "message": ""}]

    def set(self, **fields: Any) -> None:
        """Add to the record."""
        with self._guard:
            self._record.update(fields)

    def finish(self, status: str) -> None:
        """End the build."""
        self.enter("COMPLETED")
        with self._guard:
            self._record |= {"buildStatus": status, "endTime": time.time(), "buildComplete": True}
        self.ended.set()

    def stop(self) -> None:
        """Ask the build to end."""
        with self._guard:
            if not self.stopping.is_set() and not self.ended.is_set():
                self.stopping.set()
                os.write(self._stop_write, b"x")

    def close(self) -> None:
        """Give back what the stopping needs."""
        with self._guard:
            self.ended.set()
            os.close(self._stop_read)
            os.close(self._stop_write)

    def _logs(self, region: str, account: str) -> dict[str, Any]:
        group, stream = self.log_group, self.log_stream
        logs = {
            "cloudWatchLogs": self.log_settings,
            "s3Logs": {"status": "DISABLED", "encryptionDisabled": False},
        }
        if self.log_settings["status"] != "ENABLED":
            return logs
        place = f"{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        return logs | {
            "groupName": group,
            "streamName": stream,
            "deepLink": f"https://{place}#logEvent:group={group};stream={stream}",
            "cloudWatchLogsArn": f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}",
        }
