"""One look at the whole cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rehearsal.page.balancers import balancers, groups
from rehearsal.page.logs import log_groups
from rehearsal.page.services import services
from rehearsal.page.stacks import stacks
from rehearsal.page.stages import pipelines

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.cloud import Cloud

SECTIONS: dict[str, Callable[[Cloud], list[dict[str, Any]]]] = {
    "pipelines": pipelines,
    "balancers": balancers,
    "groups": groups,
    "services": services,
    "stacks": stacks,
    "logs": log_groups,
}
MOST_EVENTS = 60


def snapshot(cloud: Cloud, engine: str) -> dict[str, Any]:
    """Return what there is, and what could not be read."""
    seen: dict[str, Any] = {
        "cloud": {
            "account": cloud.account,
            "endpoint": cloud.endpoint,
            "engine": engine,
            "permissions": cloud.enforce_iam,
            "region": cloud.region,
            "registry": cloud.registry,
        },
        "events": _events(cloud),
        "trouble": [f"{type(error).__name__}: {error}" for error in cloud.workers.failures],
    }
    seen["trouble"] += [str(incident) for incident in cloud.dataplane.incidents]
    for name, section in SECTIONS.items():
        try:
            seen[name] = section(cloud)
        except ClientError as error:
            # One service that cannot answer does not hide the others.
            seen[name] = []
            seen["trouble"].append(f"{name.capitalize()} cannot be shown: {error}")
    return seen


def _events(cloud: Cloud) -> list[dict[str, Any]]:
    latest = list(cloud.bus.recent)[-MOST_EVENTS:]
    return [
        {"id": each["id"], "time": each["time"], "source": each["source"], "kind": each["detail-type"], **_about(each)}
        for each in reversed(latest)
        if each["region"] == cloud.region
    ]


def _about(event: dict[str, Any]) -> dict[str, Any]:
    return {"resources": event["resources"], "detail": event["detail"]}
