"""Log groups, and the last lines of one when somebody opens it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

MOST_LINES = 200
MOST_STREAMS = 8


def log_groups(cloud: Cloud) -> list[dict[str, Any]]:
    """Return the names of all groups."""
    pages = cloud.client("logs").get_paginator("describe_log_groups").paginate()
    return [{"name": one["logGroupName"]} for page in pages for one in page["logGroups"]]


def lines(cloud: Cloud, group: str) -> dict[str, Any]:
    """Return the group's last lines, the oldest of them first."""
    client = cloud.client("logs")
    asked = {"logGroupName": group, "orderBy": "LastEventTime", "descending": True, "limit": MOST_STREAMS}
    streams = client.describe_log_streams(**asked)["logStreams"]
    found = [(stream["logStreamName"], event) for stream in streams for event in _events(client, group, stream)]
    found.sort(key=lambda pair: pair[1]["timestamp"])
    return {
        "lines": [
            {
                "time": datetime.fromtimestamp(event["timestamp"] / 1000, UTC).isoformat(),
                "stream": stream,
                "text": event["message"].rstrip("\n"),
            }
            for stream, event in found[-MOST_LINES:]
        ]
    }


def _events(client: Any, group: str, stream: dict[str, Any]) -> list[dict[str, Any]]:
    asked = {"logGroupName": group, "logStreamName": stream["logStreamName"], "limit": MOST_LINES}
    found: list[dict[str, Any]] = client.get_log_events(**asked, startFromHead=False)["events"]
    return found
