"""Deploy action: a CloudFormation stack, directly or by a change set."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rehearsal.codepipeline.providers.stack_parameters import declared
from rehearsal.codepipeline.records import Outcome
from rehearsal.codepipeline.task import ActionError

if TYPE_CHECKING:
    from rehearsal.codepipeline.task import Task

Stack = dict[str, Any]
LOOK_SECONDS = 0.1
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
# States out of which a stack can only be deleted.
STUCK = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")
NOTHING = ("No updates are to be performed", "didn't contain changes", "The submitted information didn't contain")


def perform(task: Task) -> Outcome:
    """Do what the action's mode says, and wait for its end."""
    mode = task.configuration["ActionMode"]
    stack = MODES[mode](task, task.client("cloudformation"))
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    _leave(task, outputs)
    stack_id = stack.get("StackId", "")
    return Outcome(variables=outputs, external_id=stack_id or None, url=_url(task, stack_id) if stack_id else None)


def create_or_update(task: Task, cloudformation: Any) -> Stack:
    """Create the stack, or update it."""
    call = declared(task)
    stack = find(cloudformation, call["StackName"])
    try:
        known = stack and stack["StackStatus"] != "REVIEW_IN_PROGRESS"
        found = cloudformation.update_stack(**call) if known else cloudformation.create_stack(**call)
    except ClientError as error:
        if stack and any(text in str(error) for text in NOTHING):
            return stack
        raise
    return settled(task, cloudformation, found["StackId"])


def replace_on_failure(task: Task, cloudformation: Any) -> Stack:
    """Create or update the stack; one that had failed is deleted first."""
    stack = find(cloudformation, task.configuration["StackName"])
    if stack and stack["StackStatus"] in STUCK:
        delete(task, cloudformation)
    return create_or_update(task, cloudformation)


def delete(task: Task, cloudformation: Any) -> Stack:
    """Delete the stack, if there is one."""
    stack = find(cloudformation, task.configuration["StackName"])
    if stack is None:
        return {}
    role = task.configuration.get("RoleArn")
    cloudformation.delete_stack(StackName=stack["StackName"], **({"RoleARN": role} if role else {}))
    while stack and stack["StackStatus"] != "DELETE_COMPLETE":
        if stack["StackStatus"] == "DELETE_FAILED":
            raise _failed(cloudformation, stack)
        task.pause(LOOK_SECONDS)
        stack = find(cloudformation, stack["StackId"])
    return {}


def replace_change_set(task: Task, cloudformation: Any) -> Stack:
    """Make a change set in place of the one of that name."""
    call, name = declared(task), task.configuration["ChangeSetName"]
    call.pop("StackPolicyBody", None)
    stack = find(cloudformation, call["StackName"])
    new = stack is None or stack["StackStatus"] == "REVIEW_IN_PROGRESS"
    if stack:
        cloudformation.delete_change_set(StackName=call["StackName"], ChangeSetName=name)
    made = cloudformation.create_change_set(ChangeSetName=name, ChangeSetType="CREATE" if new else "UPDATE", **call)
    while True:
        found = cloudformation.describe_change_set(ChangeSetName=made["Id"], StackName=call["StackName"])
        if found["Status"] == "CREATE_COMPLETE" or _empty(found):
            return find(cloudformation, call["StackName"]) or {}
        if found["Status"] == "FAILED":
            raise ActionError("JobFailed", f"Change set {name} failed: {found.get('StatusReason', '')}")
        task.pause(LOOK_SECONDS)


def execute_change_set(task: Task, cloudformation: Any) -> Stack:
    """Put a change set in force."""
    configuration = task.configuration
    named = {"StackName": configuration["StackName"], "ChangeSetName": configuration["ChangeSetName"]}
    if _empty(cloudformation.describe_change_set(**named)):
        return find(cloudformation, named["StackName"]) or {}
    cloudformation.execute_change_set(**named)
    return settled(task, cloudformation, named["StackName"])


def find(cloudformation: Any, name: str) -> Stack | None:
    """Return a stack, if there is one."""
    try:
        stack: Stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error):
            return None
        raise
    return stack


def settled(task: Task, cloudformation: Any, name: str) -> Stack:
    """Wait for the end of what a stack is doing, and return it if it went well."""
    while True:
        stack = find(cloudformation, name)
        if stack is None:
            raise ActionError("JobFailed", f"The stack {name} is gone.")
        task.progress(external_id=stack["StackId"], url=_url(task, stack["StackId"]))
        if stack["StackStatus"] in DONE:
            return stack
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            raise _failed(cloudformation, stack)
        task.pause(LOOK_SECONDS)


def _failed(cloudformation: Any, stack: Stack) -> ActionError:
    text = f"Stack {stack['StackName']} is in status {stack['StackStatus']}."
    events = cloudformation.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    # Newest first: what has failed since the stack itself began, and was not merely cancelled.
    for event in events:
        reason = event.get("ResourceStatusReason", "")
        itself = event.get("PhysicalResourceId") == event["StackId"]
        if itself and reason == "User Initiated":
            break
        if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason and not itself:
            first = f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
            text = f"Stack {stack['StackName']} is in status {stack['StackStatus']}. {first}"
    return ActionError("JobFailed", text)


def _empty(change_set: dict[str, Any]) -> bool:
    reason = change_set.get("StatusReason", "")
    return change_set["Status"] == "FAILED" and any(text in reason for text in NOTHING)


def _leave(task: Task, outputs: dict[str, str]) -> None:
    name = task.configuration.get("OutputFileName")
    for artifact in task.run.outputs:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr(name or "outputs.json", json.dumps(outputs))
        task.keep(artifact, content.getvalue())


def _url(task: Task, stack_id: str) -> str:
    return f"https://console.aws.amazon.com/cloudformation/home?region={task.region}#/stack/detail?stackId={stack_id}"


MODES = {
    "CREATE_UPDATE": create_or_update,
    "REPLACE_ON_FAILURE": replace_on_failure,
    "DELETE_ONLY": delete,
    "CHANGE_SET_REPLACE": replace_change_set,
    "CHANGE_SET_EXECUTE": execute_change_set,
}
