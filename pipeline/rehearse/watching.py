"""The pipeline, as seen through CodePipeline's API by whoever watches a release."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_codepipeline import CodePipelineClient

RUNNING = "InProgress"
OVER = {"Succeeded", "Failed", "Stopped", "Cancelled", "Superseded"}
APPROVE = "Approve"
RELEASE = "Release"


@dataclass(frozen=True)
class Action:
    """One action, as its last run stands."""

    name: str
    status: str = ""
    summary: str = ""
    error: str = ""
    token: str = ""
    external: str = ""


@dataclass(frozen=True)
class Stage:
    """One stage: which execution is in it, and what is waiting in front of it."""

    name: str
    execution: str
    status: str
    waiting: tuple[str, ...]
    actions: tuple[Action, ...]

    def action(self, name: str) -> Action:
        """Return one of its actions."""
        return next((each for each in self.actions if each.name == name), Action(name))

    @property
    def broken(self) -> Action | None:
        """The action that failed, if one did."""
        return next((each for each in self.actions if each.status == "Failed"), None)


@dataclass(frozen=True)
class Seen:
    """All stages at one moment."""

    stages: tuple[Stage, ...]

    def stage(self, name: str) -> Stage:
        """Return one of them."""
        return next((each for each in self.stages if each.name == name), Stage(name, "", "", (), ()))

    def asks(self, execution: str) -> str:
        """Return the token of the approval that this execution waits for, or nothing."""
        stage = self.stage(RELEASE)
        approve = stage.action(APPROVE)
        waits = stage.execution == execution and stage.status == RUNNING and approve.status == RUNNING
        return approve.token if waits else ""

    def broken(self, execution: str) -> tuple[Stage, Action] | None:
        """Return where this execution failed, or None."""
        for stage in self.stages:
            if stage.execution == execution and stage.status in {"Failed", "Stopped"} and stage.broken:
                return stage, stage.broken
        return None


class Watch:
    """One pipeline."""

    def __init__(self, client: "CodePipelineClient", name: str) -> None:
        """Take the client to ask with."""
        self._client = client
        self.name = name

    def look(self) -> Seen:
        """Return where the pipeline stands."""
        state = self._client.get_pipeline_state(name=self.name)
        return Seen(tuple(_stage(found) for found in state.get("stageStates", [])))

    def execution(self, commit: str) -> str:
        """Return the execution that was started for a commit, or nothing if there is none yet."""
        found = self._client.list_pipeline_executions(pipelineName=self.name, maxResults=20)
        for each in found["pipelineExecutionSummaries"]:
            revisions = {revision.get("revisionId") for revision in each.get("sourceRevisions", [])}
            if commit in revisions and each.get("executionType", "STANDARD") == "STANDARD":
                return each["pipelineExecutionId"]
        return ""

    def status(self, execution: str) -> str:
        """Return how an execution stands."""
        found = self._client.get_pipeline_execution(pipelineName=self.name, pipelineExecutionId=execution)
        return found["pipelineExecution"]["status"]

    def answer(self, token: str, *, yes: bool, words: str) -> None:
        """Approve, or reject."""
        self._client.put_approval_result(
            pipelineName=self.name,
            stageName=RELEASE,
            actionName=APPROVE,
            token=token,
            result={"status": "Approved" if yes else "Rejected", "summary": words},
        )

    def roll_back(self, execution: str) -> str:
        """Run the last stage again with what an earlier execution brought to it; return the new execution."""
        started = self._client.rollback_stage(
            pipelineName=self.name, stageName=RELEASE, targetPipelineExecutionId=execution
        )
        return started["pipelineExecutionId"]

    def evidence(self) -> tuple[str, str]:
        """Return what the approver is shown: what it is about, and where to try it."""
        runs = self._client.list_action_executions(pipelineName=self.name, maxResults=20)["actionExecutionDetails"]
        for run in runs:
            if run.get("actionName") == APPROVE:
                told: dict[str, Any] = dict(run.get("input", {}).get("resolvedConfiguration", {}))
                return str(told.get("CustomData", "")), str(told.get("ExternalEntityLink", ""))
        return "", ""


def _stage(found: Any) -> Stage:
    latest = found.get("latestExecution", {})
    waiting = [each["pipelineExecutionId"] for each in found.get("inboundExecutions", [])]
    actions = tuple(_action(each) for each in found.get("actionStates", []))
    return Stage(
        found["stageName"], latest.get("pipelineExecutionId", ""), latest.get("status", ""), tuple(waiting), actions
    )


def _action(found: Any) -> Action:
    latest = found.get("latestExecution", {})
    return Action(
        found["actionName"],
        latest.get("status", ""),
        latest.get("summary", ""),
        latest.get("errorDetails", {}).get("message", ""),
        latest.get("token", ""),
        latest.get("externalExecutionId", ""),
    )
