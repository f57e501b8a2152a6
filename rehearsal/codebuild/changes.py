"""Telling EventBridge that a build began or ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.codebuild.build import Build


def emit(cloud: Cloud, build: Build) -> None:
    """Emit the state of the build as it stands."""
    record = build.described()
    detail = {
        "build-status": record["buildStatus"],
        "project-name": build.project,
        "build-id": build.arn,
        "current-phase": record["currentPhase"],
        "current-phase-context": "[]",
        "version": "1",
        "additional-information": _more(record),
    }
    cloud.bus.emit("aws.codebuild", "CodeBuild Build State Change", detail, [build.arn], build.region)


def _more(record: dict[str, Any]) -> dict[str, Any]:
    environment, source = record["environment"], record["source"]
    return {
        "artifact": {name: record["artifacts"].get(key, "") for name, key in ARTIFACT.items()},
        "environment": {
            "image": environment["image"],
            "privileged-mode": environment["privilegedMode"],
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": environment["environmentVariables"],
        },
        "timeout-in-minutes": record["timeoutInMinutes"],
        "build-complete": record["buildComplete"],
        "build-number": record["buildNumber"],
        "initiator": record["initiator"],
        "build-start-time": _written(record["startTime"]),
        "source": {name: source[name] for name in ("buildspec", "location", "type") if name in source},
        "logs": {
            "group-name": record["logs"].get("groupName", ""),
            "stream-name": record["logs"].get("streamName", ""),
            "deep-link": record["logs"].get("deepLink", ""),
        },
        "phases": [_phase(each) for each in record["phases"]],
        **({"source-version": record["sourceVersion"]} if record.get("sourceVersion") else {}),
        **(
            {"exported-environment-variables": record["exportedEnvironmentVariables"]}
            if record["buildComplete"]
            else {}
        ),
    }


ARTIFACT = {"md5sum": "md5sum", "sha256sum": "sha256sum", "location": "location"}


def _phase(found: dict[str, Any]) -> dict[str, Any]:
    told = {"phase-type": found["phaseType"], "start-time": _written(found["startTime"])}
    if "endTime" in found:
        told |= {
            "end-time": _written(found["endTime"]),
            "duration-in-seconds": found["durationInSeconds"],
            "phase-status": found["phaseStatus"],
            "phase-context": [f"{each['statusCode']}: {each['message']}" for each in found["contexts"]],
        }
    return told


def _written(moment: float) -> str:
    return time.strftime("%b %-d, %Y %-I:%M:%S %p", time.gmtime(moment))
