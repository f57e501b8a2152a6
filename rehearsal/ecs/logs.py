"""The log driver `awslogs`: what containers write, put into CloudWatch Logs with the execution role's permissions."""

from __future__ import annotations

import queue
import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from moto.logs.exceptions import ResourceAlreadyExistsException, ResourceNotFoundException

from rehearsal.ecs.errors import TaskError
from rehearsal.ecs.roles import execution_role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.cloud import Cloud
    from rehearsal.ecs.records import Container, Document, Task

# Lines are collected for so long, so that a busy container costs few calls; whoever waits for them shortens it.
WINDOW = 0.25
OPTIONS = {
    "awslogs-group",
    "awslogs-region",
    "awslogs-stream-prefix",
    "awslogs-create-group",
    # How the real driver keeps lines back in memory makes no difference here.
    "mode",
    "max-buffer-size",
}
STAMP = re.compile(rb"^([0-9-]+T[0-9:]+)(\.[0-9]+)?(Z|[+-][0-9:]+) ")


class Stream(NamedTuple):
    """A log stream, and by whose leave it is written to."""

    region: str
    group: str
    name: str
    role: str


class Courier:
    """Takes lines to CloudWatch Logs in the background."""

    def __init__(self, cloud: Cloud) -> None:
        """Start with nothing to take."""
        self._cloud = cloud
        self._waiting: queue.SimpleQueue[tuple[Stream, Document] | threading.Event | None] = queue.SimpleQueue()
        self._hurry = threading.Event()

    def open(self, task: Task, container: Container, region: str) -> Stream | None:
        """Make the log stream of a container, if it is to have one."""
        told = container.definition.get("logConfiguration")
        if not told:
            return None
        options = told.get("options") or {}
        where = options.get("awslogs-region", region)
        name = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container.name}/{task.id}"
        stream = Stream(where, options["awslogs-group"], name, execution_role(task))
        backend = self._cloud.backend("logs", where)
        try:
            if str(options.get("awslogs-create-group", "")).lower() == "true":
                self._require(stream, "logs:CreateLogGroup", f"log-group:{stream.group}")
                _create_group(backend, stream.group)
            self._require(stream, "logs:CreateLogStream", f"log-group:{stream.group}:log-stream:{name}")
            backend.create_log_stream(stream.group, name)
        except ResourceNotFoundException as error:
            raise _invalid("ResourceNotFoundException: The specified log group does not exist.") from error
        return stream

    def follow(self, stream: Stream, pieces: Iterable[bytes]) -> None:
        """Take every piece along until there are no more."""
        for piece in pieces:
            for line in piece.splitlines():
                self._waiting.put((stream, _event(line)))

    def flush(self, seconds: float) -> None:
        """Wait until everything that came so far has been taken."""
        done = threading.Event()
        self._waiting.put(done)
        self._hurry.set()
        done.wait(seconds)

    def run(self) -> None:
        """Take lines until told to stop."""
        while (first := self._waiting.get()) is not None:
            self._hurry.wait(WINDOW)
            # Cleared before the lines are taken: whoever comes now is seen in this round or makes the next one short.
            self._hurry.clear()
            batch = [first]
            while not self._waiting.empty():
                item = self._waiting.get()
                if item is None:
                    self._take(batch)
                    return
                batch.append(item)
            self._take(batch)

    def stop(self) -> None:
        """Take what is left, and no more."""
        self._waiting.put(None)
        self._hurry.set()

    def _take(self, batch: list[tuple[Stream, Document] | threading.Event]) -> None:
        lines: dict[Stream, list[Document]] = {}
        for item in batch:
            if not isinstance(item, threading.Event):
                lines.setdefault(item[0], []).append(item[1])
        for stream, events in lines.items():
            self._put(stream, sorted(events, key=lambda event: int(event["timestamp"])))
        for item in batch:
            if isinstance(item, threading.Event):
                item.set()

    def _put(self, stream: Stream, events: list[Document]) -> None:
        try:
            self._require(stream, "logs:PutLogEvents", f"log-group:{stream.group}:log-stream:{stream.name}")
            self._cloud.backend("logs", stream.region).put_log_events(stream.group, stream.name, events)
        except (TaskError, ResourceNotFoundException):
            # As with AWS, a container whose lines nobody takes runs on; the denial is in the audit trail.
            return

    def _require(self, stream: Stream, action: str, resource: str) -> None:
        if not stream.role or self._cloud.gate is None:
            return
        arn = f"arn:aws:logs:{stream.region}:{self._cloud.account}:{resource}"
        denial = self._cloud.gate(stream.role, action, arn, {})
        if denial:
            raise _invalid(f"AccessDeniedException: {denial}")


def _create_group(backend: Any, name: str) -> None:
    try:
        backend.create_log_group(name, {})
    except ResourceAlreadyExistsException:
        return


def _invalid(problem: str) -> TaskError:
    return TaskError(
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
        f"failed to create Cloudwatch log stream: {problem} : exit status 1"
    )


def _event(line: bytes) -> Document:
    found = STAMP.match(line)
    if not found:
        return {"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": line.decode(errors="replace")}
    whole = datetime.fromisoformat(f"{found[1].decode()}+00:00").timestamp()
    fraction = float(found[2] or 0)
    text = line[found.end() :].decode(errors="replace")
    return {"timestamp": int((whole + fraction) * 1000), "message": text}
