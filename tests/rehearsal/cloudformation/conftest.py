"""A server with our CloudFormation engine, and handlers of a few simple types."""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from rehearsal.cloud import Cloud
from rehearsal.cloudformation import install, stop
from rehearsal.cloudformation.handler import (
    REPLACE,
    Call,
    Described,
    Made,
    Name,
    RefusedError,
    ResourceError,
    Step,
    Tagging,
)
from tests.support.engines import served

TOPIC = Described(
    type="AWS::SNS::Topic",
    service="sns",
    creation=Step("CreateTopic", renamed={"TopicName": "Name"}),
    identity="Response.TopicArn",
    name=Name("TopicName", 256),
    updates=(
        Step(
            "SetTopicAttributes",
            takes=frozenset({"DisplayName"}),
            where={"TopicArn": "Id"},
            turned=lambda values: {"AttributeName": "DisplayName", "AttributeValue": values["DisplayName"]},
        ),
    ),
    completion=(
        Step(
            "SetTopicAttributes",
            takes=frozenset({"DisplayName"}),
            where={"TopicArn": "Id"},
            turned=lambda values: {"AttributeName": "DisplayName", "AttributeValue": values["DisplayName"]},
        ),
    ),
    defaults={"DisplayName": ""},
    attributes={"TopicArn": "Id", "TopicName": "Properties.TopicName"},
    replacing=frozenset({"TopicName"}),
    tagging=Tagging("TagResource", "UntagResource", {"ResourceArn": "Id"}),
    removal=Step("DeleteTopic", where={"TopicArn": "Id"}),
)
BUCKET = Described(
    type="AWS::S3::Bucket",
    service="s3",
    creation=Step(
        "CreateBucket",
        renamed={"BucketName": "Bucket"},
        where={"CreateBucketConfiguration": "{LocationConstraint: Region}"},
    ),
    identity="Properties.BucketName",
    name=Name("BucketName", 63, lower=True),
    attributes={"Arn": "join('', ['arn:aws:s3:::', Id])"},
    replacing=frozenset({"BucketName"}),
    removal=Step("DeleteBucket", where={"Bucket": "Id"}),
    gone=frozenset({"NoSuchBucket"}),
)
PARAMETER = Described(
    type="AWS::SSM::Parameter",
    service="ssm",
    creation=Step("PutParameter", takes=frozenset({"Type", "Value", "Description"})),
    identity="Properties.Name",
    name=Name("Name", 256),
    updates=(
        Step(
            "PutParameter",
            takes=frozenset({"Value", "Description"}),
            along=frozenset({"Type", "Value"}),
            where={"Name": "Id", "Overwrite": "`true`"},
        ),
    ),
    attributes={"Value": "Properties.Value", "Type": "Properties.Type"},
    replacing=frozenset({"Name", "Type"}),
    tagging=Tagging(
        "AddTagsToResource",
        "RemoveTagsFromResource",
        {"ResourceId": "Id", "ResourceType": "'Parameter'"},
        mapped=False,
    ),
    removal=Step("DeleteParameter", where={"Name": "Id"}),
    gone=frozenset({"ParameterNotFound"}),
)


@dataclass
class Stage:
    """A type whose world is in memory, so that failures and simultaneity can be staged."""

    type: str = "AWS::Stage::Thing"
    properties: frozenset[str] = frozenset({"Value", "Fixed", "After", "Fail", "Meet", "FailDelete", "Wait"})
    replacing: frozenset[str] = frozenset({"Fixed"})
    tagged: bool = False
    world: dict[str, dict[str, Any]] = field(default_factory=dict)
    log: list[tuple[str, str]] = field(default_factory=list)
    barriers: dict[str, threading.Barrier] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)

    def create(self, call: Call, properties: Any) -> Made:
        physical = call.name()
        call.initiated(physical)
        self.world[physical] = dict(properties)
        self.log.append(("create", call.logical_id))
        self._act(call, properties)
        return Made(physical, {"Value": properties.get("Value", "")})

    def update(self, call: Call, physical_id: str, attributes: Any, old: Any, new: Any) -> Any:
        if old.get("Fixed") != new.get("Fixed"):
            return REPLACE
        if new.get("Fail") == "refused":
            raise RefusedError("not like that")
        self.log.append(("update", call.logical_id))
        changed = {key: value for key, value in new.items() if old.get(key) != value}
        self.world[physical_id].update(changed)
        for key in old.keys() - new.keys():
            self.world[physical_id].pop(key, None)
        self._act(call, new)
        return Made(physical_id, {"Value": new.get("Value", "")})

    def delete(self, call: Call, physical_id: str, properties: Any) -> None:
        if properties.get("FailDelete") == "yes":
            raise ResourceError("it will not go")
        self.log.append(("delete", call.logical_id))
        self.world.pop(physical_id, None)

    def _act(self, call: Call, properties: Any) -> None:
        if barrier := properties.get("Meet"):
            self.barriers[barrier].wait(60)
        if properties.get("Wait") == "yes":
            call.until(self.gate.is_set, seconds=60, every=0.02)
        if properties.get("Fail") == "yes":
            raise ResourceError("told to fail")


@dataclass
class Bus:
    """Keeps what was emitted."""

    events: list[tuple[str, str, dict[str, Any], list[str], str | None]] = field(default_factory=list)

    def emit(self, source: str, kind: str, detail: dict[str, Any], resources: list[str], region: str | None) -> None:
        self.events.append((source, kind, detail, resources, region))


@pytest.fixture(scope="module")
def stage() -> Stage:
    return Stage()


@pytest.fixture(scope="module")
def cloud(stage, tmp_path_factory):
    made = Cloud(region="eu-west-1", state=tmp_path_factory.mktemp("cloud"))
    made.bus = Bus()
    handlers = [TOPIC, BUCKET, PARAMETER, stage]
    roles = {"AWS::IAM::Role": stage}
    install(made, {**{handler.type: handler for handler in handlers}, **roles})
    with served(made):
        yield made
        stop()


@pytest.fixture(scope="module")
def cfn(cloud):
    return cloud.client("cloudformation")


@pytest.fixture
def name():
    return f"s{uuid.uuid4().hex[:12]}"


def settled_stack(cfn, engine, target):
    """Wait until nothing is under way on a stack, and return it."""
    deadline = time.monotonic() + 60
    while True:
        known = reversed(engine.operations.values())
        operation = next(one for one in known if target in (one.stack.name, one.stack.id))
        assert operation.finished.wait(deadline - time.monotonic())
        stack = cfn.describe_stacks(StackName=operation.stack.id)["Stacks"][0]
        # What waited for this one to end, as a deletion does for a creation, takes its place a moment later.
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack


@pytest.fixture
def play(cloud, cfn, stage, name):
    """Short ways to create, update and look."""

    def settled(target=name):
        return settled_stack(cfn, engine(), target)

    def engine():
        return cloud.backend("cloudformation").engine

    def template(resources, **sections):
        return json.dumps({"Resources": resources, **sections})

    def create(resources, sections=None, **arguments):
        cfn.create_stack(StackName=name, TemplateBody=template(resources, **(sections or {})), **arguments)
        return settled()

    def update(resources, sections=None, **arguments):
        cfn.update_stack(StackName=name, TemplateBody=template(resources, **(sections or {})), **arguments)
        return settled()

    def events(target=name):
        return [
            (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason"))
            for event in reversed(cfn.describe_stack_events(StackName=target)["StackEvents"])
        ]

    def values():
        found = cfn.describe_stack_resources(StackName=name)["StackResources"]
        return {one["LogicalResourceId"]: stage.world.get(one["PhysicalResourceId"]) for one in found}

    return SimpleNamespace(
        create=create, update=update, events=events, values=values, settled=settled, template=template, engine=engine
    )
