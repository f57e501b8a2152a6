"""Approval action: it ends when somebody with its token says so."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from rehearsal.codepipeline.task import Task


def perform(task: Task) -> None:
    """Tell whoever is to be told, and wait for no more."""
    topic = task.configuration.get("NotificationArn")
    if topic:
        pipeline = task.execution.pipeline.name
        subject = f"APPROVAL NEEDED: AWS CodePipeline {pipeline[:40]} for action {task.run.action.name}"
        task.client("sns").publish(TopicArn=topic, Subject=subject[:100], Message=json.dumps(request(task)))


def request(task: Task) -> dict[str, Any]:
    """Return the message that AWS publishes."""
    run, configuration = task.run, task.configuration
    pipeline = task.execution.pipeline.name
    console = f"https://console.aws.amazon.com/codesuite/codepipeline/pipelines/{quote(pipeline)}/view"
    minutes = run.action.timeout_minutes or task.driver.timeouts["Manual"]
    expires = run.started + timedelta(minutes=minutes)
    return {
        "region": task.region,
        "consoleLink": f"{console}?region={task.region}",
        "approval": {
            "pipelineName": pipeline,
            "stageName": run.stage,
            "actionName": run.action.name,
            "token": run.token,
            "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
            "externalEntityLink": configuration.get("ExternalEntityLink"),
            "approvalReviewLink": f"{console}?region={task.region}#/{quote(run.stage)}/{quote(run.action.name)}"
            f"/approve/{run.token}",
            "customData": configuration.get("CustomData"),
        },
    }
