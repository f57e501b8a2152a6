"""Pipelines with their stages and actions, and the approvals that wait."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rehearsal.cloud import Cloud

Fields = dict[str, Any]
# How many executions are listed; whoever wants more asks the API.
MOST = 25
# A link to the real console shows nothing of a rehearsal.
CONSOLE = re.compile(r"https://([\w-]+\.)?console\.aws\.amazon\.com/")


def pipelines(cloud: Cloud) -> list[Fields]:
    """Return every pipeline as it stands."""
    pages = cloud.client("codepipeline").get_paginator("list_pipelines").paginate()
    return [_pipeline(cloud, one["name"]) for page in pages for one in page["pipelines"]]


def targets(cloud: Cloud, pipeline: str, stage: str) -> Fields:
    """Return the executions that a stage can go back to."""
    asked = {"pipelineName": pipeline, "maxResults": MOST, "filter": {"succeededInStage": {"stageName": stage}}}
    found = cloud.client("codepipeline").list_pipeline_executions(**asked)["pipelineExecutionSummaries"]
    return {"targets": [_execution(one) for one in found if "rollbackMetadata" not in one]}


def _pipeline(cloud: Cloud, name: str) -> Fields:
    client = cloud.client("codepipeline")
    state = client.get_pipeline_state(name=name)
    declared = {stage["name"]: stage for stage in client.get_pipeline(name=name)["pipeline"]["stages"]}
    recent = client.list_pipeline_executions(pipelineName=name, maxResults=MOST)["pipelineExecutionSummaries"]
    stages = [_stage(stage, declared[stage["stageName"]]["actions"]) for stage in state["stageStates"]]
    for stage in stages:
        for action in stage["actions"]:
            if action.get("token"):
                action["approval"] = _evidence(client, name, stage, action)
    return {
        "name": name,
        "version": state["pipelineVersion"],
        "stages": stages,
        "executions": [_execution(one) for one in recent],
    }


def _stage(state: Fields, declared: Iterable[Fields]) -> Fields:
    latest = state.get("latestExecution", {})
    door = state["inboundTransitionState"]
    actions = {one["name"]: one for one in declared}
    return {
        "name": state["stageName"],
        "status": latest.get("status"),
        "execution": latest.get("pipelineExecutionId"),
        "waiting": [one["pipelineExecutionId"] for one in state.get("inboundExecutions", [])],
        "closed": None if door["enabled"] else door.get("disabledReason", ""),
        "actions": [_action(one, actions[one["actionName"]]) for one in state["actionStates"]],
    }


def _action(state: Fields, declared: Fields) -> Fields:
    run = state.get("latestExecution", {})
    link = run.get("externalExecutionUrl") or state.get("revisionUrl")
    return {
        "name": state["actionName"],
        "provider": declared["actionTypeId"]["provider"],
        "order": declared.get("runOrder", 1),
        "status": run.get("status"),
        "since": run.get("lastStatusChange"),
        "summary": _words(run.get("summary")),
        "error": run.get("errorDetails", {}).get("message"),
        "by": run.get("lastUpdatedBy"),
        "revision": state.get("currentRevision", {}).get("revisionId"),
        "external": run.get("externalExecutionId"),
        "link": link if link and not CONSOLE.match(link) else None,
        "token": run.get("token"),
    }


def _evidence(client: Any, pipeline: str, stage: Fields, action: Fields) -> Fields:
    """Return what the approver is to look at; variables in it have their values."""
    wanted = {"pipelineExecutionId": stage["execution"]}
    pages = client.get_paginator("list_action_executions").paginate(pipelineName=pipeline, filter=wanted)
    for page in pages:
        for run in page["actionExecutionDetails"]:
            if (run["stageName"], run["actionName"]) == (stage["name"], action["name"]):
                resolved = run["input"].get("resolvedConfiguration", {})
                return {"text": resolved.get("CustomData"), "link": resolved.get("ExternalEntityLink")}
    return {"text": None, "link": None}


def _execution(one: Fields) -> Fields:
    return {
        "id": one["pipelineExecutionId"],
        "status": one["status"],
        "summary": one.get("statusSummary"),
        "started": one["startTime"],
        "updated": one["lastUpdateTime"],
        "trigger": one["trigger"]["triggerType"],
        "back_to": one.get("rollbackMetadata", {}).get("rollbackTargetPipelineExecutionId"),
        "revisions": [
            {"id": each.get("revisionId"), "text": _words(each.get("revisionSummary")), "action": each["actionName"]}
            for each in one.get("sourceRevisions", [])
        ],
    }


def _words(summary: str | None) -> str | None:
    """Return what people read of a summary: connections wrap a commit's message in JSON."""
    try:
        told = json.loads(summary or "")
    except ValueError:
        return summary
    return str(told.get("CommitMessage", summary)) if isinstance(told, dict) else summary
