"""Taking down what was launched: the cluster first, because a role of the parent deletes it."""

import time

from botocore.exceptions import ClientError

from pipeline.rehearse.cloud import Cloud
from templates.names import Names
from traffic.errors import FlipsideError

PATIENCE = 180.0
PAUSE = 0.1


def take_down(cloud: Cloud, app: str) -> None:
    """Delete both stacks and wait until they are gone."""
    for name in (Names(app).cluster_stack, app):
        stack_id = _found(cloud, name)
        if stack_id:
            cloud.cloudformation.delete_stack(StackName=name)
            _gone(cloud, name, stack_id)


def _gone(cloud: Cloud, name: str, stack_id: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while (status := _status(cloud, stack_id)) != "DELETE_COMPLETE":
        cloud.insist()
        if status == "DELETE_FAILED" or time.monotonic() > deadline:
            events = cloud.cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
            why = [event.get("ResourceStatusReason", "") for event in events if "FAILED" in event["ResourceStatus"]]
            raise FlipsideError(f"Stack {name} is {status} instead of gone. {' '.join(why)}")
        time.sleep(PAUSE)


def _status(cloud: Cloud, stack_id: str) -> str:
    return cloud.cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]


def _found(cloud: Cloud, name: str) -> str:
    try:
        return cloud.cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("StackId", name)
    except ClientError as error:
        if "does not exist" in str(error):
            return ""
        raise
