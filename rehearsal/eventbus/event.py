"""The envelope in which every event travels."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

Event = dict[str, Any]


def envelope(
    source: str, detail_type: str, detail: dict[str, Any], resources: list[str], account: str, region: str
) -> Event:
    """Return the event as rules and targets see it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": account,
        "time": stamp(datetime.now(UTC)),
        "region": region,
        "resources": list(resources),
        "detail": detail,
    }


def stamp(moment: datetime) -> str:
    """Return the moment as events write it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
