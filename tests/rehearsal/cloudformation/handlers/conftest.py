"""A server with our CloudFormation engine and all its handlers; the other services are moto's."""

from __future__ import annotations

import json
import uuid
from types import SimpleNamespace

import pytest

from rehearsal.cloud import Cloud
from rehearsal.cloudformation import handlers, install, stop
from tests.support.engines import served


class Silence:
    """A bus that nobody listens to."""

    def emit(self, *event):
        """Drop the event."""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A local AWS."""
    cloud = Cloud(region="eu-west-3", state=tmp_path_factory.mktemp("handlers"))
    cloud.bus = Silence()
    install(cloud, handlers.HANDLERS)
    with served(cloud):
        yield cloud
        stop()


@pytest.fixture
def stack(world):
    """One stack: apply resources, look at what came of it, and delete it."""
    client = world.client("cloudformation")
    name = f"h{uuid.uuid4().hex[:10]}"
    state = {"made": False}

    def finished():
        engine = world.backend("cloudformation").engine
        operation = next(op for op in reversed(engine.operations.values()) if op.stack.name == name)
        assert operation.finished.wait(60)
        events = client.describe_stack_events(StackName=operation.stack.id)["StackEvents"]
        failures = [
            (event["LogicalResourceId"], event["ResourceStatusReason"])
            for event in reversed(events)
            if "FAILED" in event["ResourceStatus"]
        ]
        return operation.stack.status, failures

    def apply(resources, outputs=None):
        body = json.dumps({"Resources": resources, "Outputs": outputs or {}})
        (client.update_stack if state["made"] else client.create_stack)(
            StackName=name, TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        verb = "UPDATE" if state["made"] else "CREATE"
        state["made"] = True
        assert finished() == (f"{verb}_COMPLETE", [])
        found = client.describe_stack_resources(StackName=name)["StackResources"]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}

    def outputs():
        found = client.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", [])
        return {one["OutputKey"]: one["OutputValue"] for one in found}

    def delete():
        client.delete_stack(StackName=name)
        assert finished() == ("DELETE_COMPLETE", [])

    return SimpleNamespace(apply=apply, delete=delete, name=name, client=world.client, outputs=outputs)
