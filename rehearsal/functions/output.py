"""What functions print, brought to CloudWatch Logs in the background with the rights of their roles."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.eventbus.lane import Lane

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.functions.configuration import Configuration

LOG = logging.getLogger("rehearsal.functions")
# One call takes no more.
LINES = 5000
Page = tuple["Configuration", str, list[dict[str, Any]]]


class Output:
    """The lines of all functions, each function's in their order."""

    def __init__(self, cloud: Cloud) -> None:
        """Start with none."""
        self._cloud = cloud
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._streams: set[tuple[str, str, str]] = set()
        self._guard = threading.Lock()

    def write(self, configuration: Configuration, stream: str, text: str) -> None:
        """Keep these lines."""
        moment = int(time.time() * 1000)
        events = [{"timestamp": moment, "message": line} for line in text.splitlines() if line]
        with self._guard:
            key = (configuration.region, configuration.name)
            if key not in self._lanes:
                self._lanes[key] = Lane(self._cloud.workers, f"logs of {configuration.name}", self._store)
            self._lanes[key].put((configuration, stream, events))

    def settled(self, seconds: float = 5) -> bool:
        """Wait until all lines have been brought there."""
        with self._guard:
            lanes = list(self._lanes.values())
        return all(lane.settled(seconds) for lane in lanes)

    def _store(self, page: Page) -> None:
        configuration, stream, events = page
        try:
            logs = self._cloud.client("logs", configuration.region, **configuration.identity)
            self._open(logs, configuration, stream)
            for start in range(0, len(events), LINES):
                logs.put_log_events(
                    logGroupName=configuration.log_group,
                    logStreamName=stream,
                    logEvents=events[start : start + LINES],
                )
        except (ClientError, BotoCoreError) as error:
            # AWS loses the lines without a word; here the word is said.
            LOG.warning("the output of %s is not kept: %s", configuration.name, error)

    def _open(self, logs: Any, configuration: Configuration, stream: str) -> None:
        key = (configuration.region, configuration.log_group, stream)
        if key in self._streams:
            return
        group = configuration.log_group
        try:
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        except logs.exceptions.ResourceNotFoundException:
            _create(logs, group)
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
        self._streams.add(key)


def _create(logs: Any, group: str) -> None:
    try:
        logs.create_log_group(logGroupName=group)
    except logs.exceptions.ResourceAlreadyExistsException:
        return
