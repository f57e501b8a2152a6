"""What goes wrong with tasks while a deployment is under way: once it is rolled back, the traces of it may be gone."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from pipeline.rehearse.cloud import Cloud
from pipeline.rehearse.watching import RELEASE, RUNNING, Seen
from templates.names import SIDES, Names

PAUSE = 1.0
LINES = 5
MOST = 20
UNFIT = "health checks"
# So ECS begins why it stopped a task that nobody needs any more.
WANTED = "Scaling activity initiated"
# What ECS says of a service when all is well.
GOOD = (
    "has reached a steady state",
    "has started",
    "has begun draining",
    "registered",
    "deployment completed",
    "has stopped",
)


@dataclass
class Troubles:
    """Notes what ECS says of the tasks of both sides, and what they printed last."""

    cloud: Cloud
    names: Names
    # What a task has to do to be healthy, said when none was.
    checked: list[str]
    _looked: float = 0.0
    _since: datetime = field(default_factory=lambda: datetime.now(UTC))
    _told: dict[str, str] = field(default_factory=dict)
    _printed: dict[str, list[str]] = field(default_factory=dict)

    def look(self, seen: Seen) -> None:
        """Look at the services now and then, while the cluster is being deployed."""
        now = time.monotonic()
        if seen.stage(RELEASE).action("Deploy").status == RUNNING and now - self._looked >= PAUSE:
            self._looked = now
            self.look_once()

    def look_once(self) -> None:
        """Look at the services now."""
        try:
            self._note()
        except ClientError as error:
            # Before the first deployment there is no cluster, and no service; anything else is news.
            if "NotFound" not in error.response.get("Error", {}).get("Code", ""):
                raise

    def forget(self) -> None:
        """Begin anew, with another release."""
        self._since = datetime.now(UTC)
        self._told.clear()
        self._printed.clear()

    def words(self) -> list[str]:
        """Return what was noted."""
        printed = next((lines for lines in reversed(self._printed.values()) if lines), [])
        said = [f"  The application printed: {line}" for line in printed[-LINES:]]
        check = self.checked if any(UNFIT in told for told in self._told.values()) else []
        return [f"  {told}" for told in list(self._told.values())[-LINES:]] + said + check

    def _note(self) -> None:
        ecs = self.cloud.client("ecs")
        services = [self.names.side(side) for side in SIDES]
        for service in ecs.describe_services(cluster=self.names.app, services=services)["services"]:
            for event in service.get("events", [])[:LINES]:
                if not any(good in event["message"] for good in GOOD):
                    self._told[_gist(event["message"])] = event["message"]
        stopped = ecs.list_tasks(cluster=self.names.app, desiredStatus="STOPPED")["taskArns"]
        for task in ecs.describe_tasks(cluster=self.names.app, tasks=stopped[-MOST:])["tasks"] if stopped else ():
            # Those of earlier deployments were well, and were stopped for newer ones.
            if task["createdAt"] >= self._since and not task.get("stoppedReason", "").startswith(WANTED):
                self._note_task(task)

    def _note_task(self, task: Any) -> None:
        stopped = str(task.get("stoppedReason", "A task stopped"))
        for each in task["containers"]:
            why = each.get("reason") or f"its program ended with status {each.get('exitCode')}"
            # A task that is stopped for its health ends as it is told to, which says nothing.
            told = stopped if UNFIT in stopped else f"{stopped}: {why}"
            self._told[_gist(told)] = told
        if task["taskArn"] not in self._printed:
            self._printed[task["taskArn"]] = self._output(task)

    def _output(self, task: Any) -> list[str]:
        side = task["group"].removeprefix("service:")
        group, suffix = self.names.log_group(side), task["taskArn"].rpartition("/")[2]
        logs = self.cloud.client("logs")
        lines: list[str] = []
        for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
            if stream["logStreamName"].endswith(suffix):
                told = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])
                lines += [event["message"].rstrip() for event in told["events"][-LINES:]]
        return lines


def _gist(message: str) -> str:
    """Return what two messages about different tasks have in common."""
    return " ".join(word for word in message.split() if not any(letter.isdigit() for letter in word))
