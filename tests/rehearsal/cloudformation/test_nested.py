"""Stacks inside stacks."""

from __future__ import annotations

import copy
import json
import threading

import pytest

from tests.rehearsal.cloudformation.samples import thing


@pytest.fixture
def bucket(cloud, name):
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def put(key, resources, **sections):
        s3.put_object(Bucket=name, Key=key, Body=json.dumps({"Resources": resources, **sections}))
        return f"{cloud.endpoint}/{name}/{key}"

    return put


PARAMETERS = {"Parameters": {"Text": {"Type": "String"}}}


def child(**properties):
    inner = {"Thing": thing(Value={"Ref": "Text"}, **properties)}
    outputs = {"Text": {"Value": {"Fn::GetAtt": ["Thing", "Value"]}}}
    return inner, {**PARAMETERS, "Outputs": outputs}


def nested(url, text="1", **more):
    return {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": url, "Parameters": {"Text": text}, **more},
    }


def inner_values(cfn, stage, play, logical):
    found = cfn.describe_stack_resource(StackName=play.settled()["StackId"], LogicalResourceId=logical)
    inner = cfn.describe_stack_resources(StackName=found["StackResourceDetail"]["PhysicalResourceId"])
    return {one["LogicalResourceId"]: stage.world.get(one["PhysicalResourceId"]) for one in inner["StackResources"]}


def test_outputs_and_ids(play, cfn, bucket, stage):
    inner, sections = child()
    url = bucket("a.json", inner, **sections)
    user = thing(Value={"Fn::GetAtt": ["Inner", "Outputs.Text"]})
    stack = play.create({"Inner": nested(url, "hello"), "User": user})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert play.values()["User"] == {"Value": "hello"}
    found = cfn.describe_stack_resources(StackName=stack["StackId"], LogicalResourceId="Inner")["StackResources"][0]
    below = cfn.describe_stacks(StackName=found["PhysicalResourceId"])["Stacks"][0]
    assert below["ParentId"] == below["RootId"] == stack["StackId"]


@pytest.mark.parametrize("style", ["https://{b}.s3.eu-west-1.amazonaws.com/{k}", "https://s3.amazonaws.com/{b}/{k}"])
def test_urls_as_on_aws(play, bucket, name, style):
    inner, sections = child()
    bucket("t/a.json", inner, **sections)
    stack = play.create({"Inner": nested(style.format(b=name, k="t/a.json"))})
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_updated_in_place_and_outputs_passed_on(play, cfn, bucket, stage):
    inner, sections = child()
    url = bucket("a.json", inner, **sections)
    resources = {"Inner": nested(url), "User": thing(Value={"Fn::GetAtt": ["Inner", "Outputs.Text"]})}
    play.create(resources)
    stage.log.clear()
    resources["Inner"] = nested(url, "2")
    assert play.update(resources)["StackStatus"] == "UPDATE_COMPLETE"
    assert stage.log == [("update", "Thing"), ("update", "User")]
    assert play.values()["User"] == {"Value": "2"}


def test_a_new_body_behind_the_same_url_is_taken(play, cfn, bucket, stage):
    inner, sections = child()
    url = bucket("a.json", inner, **sections)
    resources = {"Inner": nested(url)}
    play.create(resources)
    bucket("a.json", {**inner, "More": thing(Value="x")}, **sections)
    assert play.update(resources)["StackStatus"] == "UPDATE_COMPLETE"
    assert inner_values(cfn, stage, play, "Inner")["More"] == {"Value": "x"}


def test_siblings_roll_at_the_same_time(play, bucket, stage):
    stage.barriers["siblings"] = threading.Barrier(2)
    inner, sections = child(Meet="siblings")
    url = bucket("a.json", inner, **sections)
    resources = {"One": nested(url), "Two": nested(url)}
    assert play.create(resources)["StackStatus"] == "CREATE_COMPLETE"
    resources = {"One": nested(url, "2"), "Two": nested(url, "2")}
    assert play.update(resources)["StackStatus"] == "UPDATE_COMPLETE"


def test_failure_inside_fails_the_creation(play, cfn, bucket, stage, name):
    inner, sections = child(Fail="yes")
    stack = play.create({"Inner": nested(bucket("a.json", inner, **sections))})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = next(event[2] for event in play.events() if event[:2] == ("Inner", "CREATE_FAILED"))
    assert reason.startswith("Embedded stack arn:aws:cloudformation:")
    assert reason.endswith("was not successfully created: The following resource(s) failed to create: [Thing]. ")
    assert not any(key.startswith(name) for key in stage.world)


def test_a_failed_sibling_takes_finished_stacks_back(play, cfn, bucket, stage):
    inner, sections = child()
    replaced = {**inner, "Other": thing(Fixed="1")}
    url = bucket("a.json", replaced, **sections)
    resources = {"Inner": nested(url), "Plain": thing(Value="1")}
    play.create(resources)
    before = inner_values(cfn, stage, play, "Inner")
    world = copy.deepcopy(stage.world)
    changed = bucket("b.json", {**inner, "Other": thing(Fixed="2"), "New": thing()}, **sections)
    resources = {"Inner": nested(changed, "2"), "Plain": thing(Value="2", Fail="yes", after="Inner")}
    stack = play.update(resources)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert inner_values(cfn, stage, play, "Inner") == before
    assert stage.world == world


def test_deleted_with_the_parent(play, cfn, bucket, stage, name):
    inner, sections = child()
    play.create({"Inner": nested(bucket("a.json", inner, **sections))})
    cfn.delete_stack(StackName=name)
    assert play.settled()["StackStatus"] == "DELETE_COMPLETE"
    assert not any(key.startswith(name) for key in stage.world)
    inside = [one for one in cfn.list_stacks()["StackSummaries"] if one["StackName"].startswith(f"{name}-Inner")]
    assert [one["StackStatus"] for one in inside] == ["DELETE_COMPLETE"]


def test_change_sets_of_nested_stacks(play, cfn, bucket, name):
    inner, sections = child()
    url = bucket("a.json", inner, **sections)
    play.create({"Inner": nested(url), "Still": nested(url)})
    later = play.template({"Inner": nested(url, "2"), "Still": nested(url)})
    cfn.create_change_set(StackName=name, ChangeSetName="c", TemplateBody=later, IncludeNestedStacks=True)
    found = cfn.describe_change_set(StackName=name, ChangeSetName="c")
    (change,) = [one["ResourceChange"] for one in found["Changes"]]
    assert change["LogicalResourceId"] == "Inner"
    below = cfn.describe_change_set(ChangeSetName=change["ChangeSetId"])
    assert below["RootChangeSetId"] == found["ChangeSetId"]
    assert [one["ResourceChange"]["LogicalResourceId"] for one in below["Changes"]] == ["Thing"]
    cfn.execute_change_set(StackName=name, ChangeSetName="c")
    assert play.settled()["StackStatus"] == "UPDATE_COMPLETE"


def test_a_missing_template_is_named(play, cloud, name):
    stack = play.create({"Inner": nested(f"{cloud.endpoint}/nowhere-{name}/x.json")})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("S3 error" in (event[2] or "") for event in play.events())


def test_a_failed_sibling_stops_a_stack_that_waits(play, cfn, bucket, stage):
    inner, sections = child()
    resources = {"Inner": nested(bucket("a.json", inner, **sections)), "Plain": thing(Value="1")}
    play.create(resources)
    before = inner_values(cfn, stage, play, "Inner")
    waiting = {"Thing": thing(Value={"Ref": "Text"}, Wait="yes")}
    resources = {"Inner": nested(bucket("b.json", waiting, **sections), "2"), "Plain": thing(Value="2", Fail="yes")}
    assert play.update(resources)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert inner_values(cfn, stage, play, "Inner") == before


def test_deleting_a_stack_while_a_nested_one_is_created_deletes_both(play, cfn, bucket, stage, name, monkeypatch):
    monkeypatch.setattr("rehearsal.cloudformation.region.ANSWER_WITHIN", 0)
    inner, sections = child(Wait="yes")
    stage.log.clear()
    body = play.template({"Inner": nested(bucket("a.json", inner, **sections))})
    stack_id = cfn.create_stack(StackName=name, TemplateBody=body)["StackId"]
    while ("create", "Thing") not in stage.log:
        pass
    below = cfn.describe_stack_resource(StackName=name, LogicalResourceId="Inner")["StackResourceDetail"]
    cfn.delete_stack(StackName=name)
    # The creation ends first, and the deletion is the operation on the stack from then on.
    while (status := play.settled(stack_id)["StackStatus"]) == "DELETE_IN_PROGRESS":
        pass
    assert status == "DELETE_COMPLETE"
    assert cfn.describe_stacks(StackName=below["PhysicalResourceId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert not any(physical.startswith(name) for physical in stage.world)
    (reason,) = [
        reason for what, status, reason in play.events(stack_id) if (what, status) == ("Inner", "CREATE_FAILED")
    ]
    assert reason.endswith("was not successfully created: Resource creation cancelled")
