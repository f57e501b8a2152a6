"""The log of a build, brought to CloudWatch Logs while it grows."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.codebuild.errors import BuildError
from rehearsal.eventbus.lane import Lane
from rehearsal.iam.trust import Acting

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.codebuild.build import Build

LOG = logging.getLogger("rehearsal.codebuild")
LINES = 5000


class Transcript:
    """What a build said, and what was said of it."""

    def __init__(self, cloud: Cloud, build: Build) -> None:
        """Start empty."""
        self._build = build
        self._enabled = build.log_settings["status"] == "ENABLED"
        self._cloud = cloud
        self._pending: list[dict[str, Any]] = []
        self._rest = b""
        self._opened = False
        self._guard = threading.Lock()
        # Two at a time would mix up the order of lines.
        self._storing = threading.Lock()
        self._lane = Lane(cloud.workers, f"log of {build.id}", self._store)

    def open(self) -> None:
        """Make the stream and write its first line: a role that may not do so fails the build here."""
        if not self._enabled:
            return
        place = {"logGroupName": self._build.log_group, "logStreamName": self._build.log_stream}
        try:
            logs = self._logs()
            try:
                logs.create_log_stream(**place)
            except logs.exceptions.ResourceNotFoundException:
                _create(logs, self._build.log_group)
                logs.create_log_stream(**place)
            self._opened = True
            self.note("Waiting for agent ping")
            self._put()
        except ClientError as error:
            text = (
                f"Service role {self._build.role} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log "
                f"streams for build {self._build.arn}. Error message: {error.response['Error']['Message']}"
            )
            raise BuildError("ACCESS_DENIED", text) from None

    def note(self, text: str) -> None:
        """Say something of the build."""
        moment = datetime.now(UTC)
        self._append([f"[Container] {moment:%Y/%m/%d %H:%M:%S.%f} {text}"])

    def said(self, chunk: bytes) -> None:
        """Take what a command printed; a line that has not ended waits for its rest."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self._append([line.decode(errors="replace").rstrip("\r") for line in lines])

    def flush(self) -> None:
        """Take the last line, ended or not."""
        if self._rest:
            self.said(b"\n")

    def close(self, seconds: float = 10) -> None:
        """Wait until everything has been brought there."""
        self.flush()
        self._lane.settled(seconds)

    def _append(self, lines: list[str]) -> None:
        moment = int(time.time() * 1000)
        if not lines or not self._enabled:
            return
        with self._guard:
            self._pending += [{"timestamp": moment, "message": line or " "} for line in lines]
        # What is said before there is a stream goes with the first line behind it.
        if self._opened:
            self._lane.put(None)

    def _store(self, _: None) -> None:
        if not self._enabled:
            return
        try:
            self._put()
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == "ResourceNotFoundException":
                # Somebody has deleted it, such as whoever deletes the stack meanwhile: there is nowhere to write to.
                self._enabled = False
                LOG.info("%s goes on without its log, which was deleted", self._build.id)
                return
            LOG.warning("the log of %s is not complete: %s", self._build.id, error)

    def _put(self) -> None:
        with self._storing:
            with self._guard:
                events, self._pending = self._pending, []
            for start in range(0, len(events), LINES):
                self._logs().put_log_events(
                    logGroupName=self._build.log_group,
                    logStreamName=self._build.log_stream,
                    logEvents=events[start : start + LINES],
                )

    def _logs(self) -> Any:
        return self._cloud.client("logs", self._build.region, **identity(self._build))


def identity(build: Build) -> dict[str, Any]:
    """Return how CodeBuild takes on the role of a build."""
    acting = Acting("codebuild.amazonaws.com", build.project_arn)
    return {"role_arn": build.role, "session": f"AWSCodeBuild-{build.uuid}", "acting": acting}


def _create(logs: Any, group: str) -> None:
    try:
        logs.create_log_group(logGroupName=group)
    except logs.exceptions.ResourceAlreadyExistsException:
        return
