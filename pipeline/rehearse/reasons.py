"""Why a release stopped: the words of whoever failed first, not of those who passed it on."""

import re
from typing import Any

from pipeline.launch.failure import CANCELLED
from pipeline.rehearse.cloud import Cloud
from pipeline.rehearse.watching import Action, Stage

LINES = 12
STACK = "AWS::CloudFormation::Stack"
BUILDS = {"Image", "Discover"}
# What the output of a build has around what was said.
FAILED = "Command did not exit successfully"
PHASES = ("Phase ", "Entering phase ", "Running command ")
FRAME = re.compile(r"^\[Container\] \S+ \S+ ")


def reason(cloud: Cloud, stage: Stage, action: Action, cluster_stack: str) -> str:
    """Say why an action failed."""
    told = action.error or action.summary or f"it is {action.status}"
    where = f"{stage.name}/{action.name}: {told}"
    found = ""
    if action.name in BUILDS:
        found = "\n".join(_log(cloud, action.external))
    elif action.name == "Deploy":
        found = "\n".join(_failed(cloud, cluster_stack))
    return f"{where}\n{found}" if found else where


def _log(cloud: Cloud, build: str) -> list[str]:
    found = cloud.client("codebuild").batch_get_builds(ids=[build])["builds"] if build else []
    if not found or not found[0].get("logs", {}).get("streamName"):
        return []
    logs = found[0]["logs"]
    events = cloud.client("logs").get_log_events(
        logGroupName=logs["groupName"], logStreamName=logs["streamName"], startFromHead=False
    )["events"]
    lines = [FRAME.sub("", line) for event in events for line in event["message"].splitlines() if line.strip()]
    # After that line nothing is said any more but how the build is wound up.
    ends = next((place for place, line in enumerate(lines) if line.startswith(FAILED)), len(lines))
    return [f"  {line}" for line in lines[:ends] if not line.startswith(PHASES)][-LINES:]


def _failed(cloud: Cloud, stack: str) -> list[str]:
    """Return the first failure of the last operation on a stack, nested ones included."""
    events = _operation(cloud, stack)
    failed = [each for each in reversed(events) if each["ResourceStatus"].endswith("_FAILED")]
    lines = []
    for each in failed:
        why = each.get("ResourceStatusReason", "")
        nested = each["ResourceType"] == STACK and each["PhysicalResourceId"] not in {"", each["StackId"]}
        if nested:
            lines += _failed(cloud, each["PhysicalResourceId"])
        elif each["PhysicalResourceId"] != each["StackId"] and not CANCELLED.match(why):
            lines.append(f"  {each['LogicalResourceId']} ({each['ResourceType']}): {why}")
    return lines[:LINES]


def _operation(cloud: Cloud, stack: str) -> list[Any]:
    """Return the events of the last operation, newest first."""
    found: list[Any] = []
    pages = cloud.cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack)
    for page in pages:
        for event in page["StackEvents"]:
            found.append(event)
            own = event.get("PhysicalResourceId") == event["StackId"]
            if own and event["ResourceStatus"] in {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"}:
                return found
    return found
