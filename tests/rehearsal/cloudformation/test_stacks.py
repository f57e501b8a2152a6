"""Stacks from creation to deletion, through the API."""

from __future__ import annotations

import json
import threading

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.cloudformation.samples import thing

SNS = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Shown"}}}
SSM = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Topic", "TopicName"]}}}
SHOWN = {"Parameters": {"Shown": {"Type": "String", "Default": "one"}}}


def test_create_makes_real_resources(play, cloud):
    outputs = {"Arn": {"Value": {"Ref": "Topic"}, "Description": "the topic"}}
    stack = play.create({"Topic": SNS, "Name": SSM}, {**SHOWN, "Outputs": outputs}, Tags=[{"Key": "a", "Value": "b"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    arn = stack["Outputs"][0]["OutputValue"]
    sns = cloud.client("sns")
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "one"
    assert {"Key": "a", "Value": "b"} in sns.list_tags_for_resource(ResourceArn=arn)["Tags"]


def test_events_tell_the_story(play, name):
    play.create({"Thing": thing(Value="1")}, ClientRequestToken="token-1")
    assert play.events() == [
        (name, "CREATE_IN_PROGRESS", "User Initiated"),
        ("Thing", "CREATE_IN_PROGRESS", None),
        ("Thing", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Thing", "CREATE_COMPLETE", None),
        (name, "CREATE_COMPLETE", None),
    ]


def test_update_sends_only_what_changed(play, cloud, stage):
    play.create({"Topic": SNS, "One": thing(Value="1", After="x"), "Two": thing(Value="2")}, SHOWN)
    one = next(key for key, value in stage.world.items() if value == {"Value": "1", "After": "x"})
    stage.world[one]["After"] = "changed by hand"
    play.update({"Topic": SNS, "One": thing(Value="11", After="x"), "Two": thing(Value="2")}, SHOWN)
    assert play.values()["One"] == {"Value": "11", "After": "changed by hand"}


def test_tags_changed_out_of_band_survive(play, cloud, cfn, name):
    resources = {"Topic": SNS}
    tags = [{"Key": "kept", "Value": "1"}, {"Key": "moved", "Value": "1"}]
    play.create(resources, SHOWN, Tags=tags)
    arn = cfn.describe_stack_resource(StackName=name, LogicalResourceId="Topic")["StackResourceDetail"][
        "PhysicalResourceId"
    ]
    sns = cloud.client("sns")
    sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "kept", "Value": "by hand"}])
    play.update(resources, SHOWN, Tags=[tags[0], {"Key": "moved", "Value": "2"}])
    found = {tag["Key"]: tag["Value"] for tag in sns.list_tags_for_resource(ResourceArn=arn)["Tags"]}
    assert found == {"kept": "by hand", "moved": "2"}


def test_independent_resources_run_side_by_side(play, stage):
    stage.barriers["pair"] = threading.Barrier(2)
    stack = play.create({"A": thing(Meet="pair"), "B": thing(Meet="pair")})
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_failed_creation_is_rolled_back(play, stage, name):
    stack = play.create({"A": thing(Value="a"), "B": thing(Fail="yes", after="A")})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = play.events()
    assert ("B", "CREATE_FAILED", "told to fail") in events
    assert (name, "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [B]. ") in events
    assert not any(key.startswith(name) for key in stage.world)
    assert [event[0] for event in events if event[1] == "DELETE_COMPLETE"] == ["B", "A"]


def test_a_failure_cancels_what_is_waiting(play):
    stack = play.create({"A": thing(Wait="yes"), "B": thing(Fail="yes")})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert ("A", "CREATE_FAILED", "Resource creation cancelled") in play.events()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [({"DisableRollback": True}, "CREATE_FAILED"), ({"OnFailure": "DELETE"}, "DELETE_COMPLETE")],
)
def test_failed_creation_as_asked(play, arguments, status):
    assert play.create({"B": thing(Fail="yes")}, **arguments)["StackStatus"] == status


def test_failed_update_goes_back(play, stage):
    before = {"A": thing(Value="a"), "B": thing(Fixed="1"), "C": thing(Value="c")}
    play.create(before)
    world = dict(play.values())
    after = {"A": thing(Value="A"), "B": thing(Fixed="2"), "N": thing(), "Z": thing(Fail="yes", after=["A", "B", "N"])}
    stack = play.update(after)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert play.values() == world


def test_replacement_creates_before_it_deletes(play, stage):
    play.create({"A": thing(Fixed="1"), "B": thing(Value={"Ref": "A"})})
    stage.log.clear()
    stack = play.update({"A": thing(Fixed="2"), "B": thing(Value={"Ref": "A"})})
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert stage.log == [("create", "A"), ("update", "B"), ("delete", "A")]


def test_no_updates(play, cfn, name):
    play.create({"A": thing(Value="a")})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        play.update({"A": thing(Value="a")})


def test_a_number_and_its_text_are_the_same(play):
    play.create({"A": thing(Value=80)})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        play.update({"A": thing(Value="80")})


def test_delete_in_order_and_retain(play, cfn, stage, name):
    stuck = {**thing(FailDelete="yes"), "DependsOn": "A"}
    play.create({"A": thing(), "B": thing(after="A"), "Stuck": stuck})
    stack_id = cfn.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
    cfn.delete_stack(StackName=name)
    stack = play.settled()
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [A, Stuck]. "
    cfn.delete_stack(StackName=name, RetainResources=["Stuck"])
    assert play.settled()["StackStatus"] == "DELETE_COMPLETE"
    assert cfn.describe_stacks(StackName=stack_id)["Stacks"][0]["DeletionTime"]
    with pytest.raises(ClientError, match="does not exist"):
        cfn.describe_stacks(StackName=name)


def test_deletion_policy_retain(play, cfn, stage, name):
    play.create({"A": {**thing(Value="kept"), "DeletionPolicy": "Retain"}})
    cfn.delete_stack(StackName=name)
    play.settled(name)
    assert any(key.startswith(name) for key in stage.world)


def test_termination_protection(play, cfn, name):
    play.create({"A": thing()}, EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        cfn.delete_stack(StackName=name)
    cfn.update_termination_protection(StackName=name, EnableTerminationProtection=False)
    cfn.delete_stack(StackName=name)
    assert play.settled()["StackStatus"] == "DELETE_COMPLETE"


def test_status_changes_reach_the_bus(play, cloud, name):
    stack = play.create({"A": thing()})
    told = [event for event in cloud.bus.events if event[2]["stack-id"] == stack["StackId"]]
    assert [event[2]["status-details"]["status"] for event in told] == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    assert told[0][:2] == ("aws.cloudformation", "CloudFormation Stack Status Change")


def test_cancel_and_live_progress(play, cfn, stage, name, monkeypatch):
    monkeypatch.setattr("rehearsal.cloudformation.region.ANSWER_WITHIN", 0)
    play.create({"A": thing(Value="1")})
    cfn.update_stack(StackName=name, TemplateBody=play.template({"A": thing(Value="2", Wait="yes")}))
    while ("A", "UPDATE_IN_PROGRESS", None) not in play.events():
        pass
    with pytest.raises(ClientError, match="UPDATE_IN_PROGRESS state and can not be updated"):
        cfn.update_stack(StackName=name, TemplateBody=play.template({"A": thing(Value="3")}))
    cfn.cancel_update_stack(StackName=name)
    assert play.settled()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert ("A", "UPDATE_FAILED", "Resource update cancelled") in play.events()
    assert play.values()["A"] == {"Value": "1"}


def test_delete_while_creating(play, cfn, stage, name, monkeypatch):
    monkeypatch.setattr("rehearsal.cloudformation.region.ANSWER_WITHIN", 0)
    stack_id = cfn.create_stack(StackName=name, TemplateBody=play.template({"A": thing(Wait="yes")}))["StackId"]
    cfn.delete_stack(StackName=name)
    assert play.settled(stack_id)["StackStatus"] == "DELETE_COMPLETE"
    assert not any(key.startswith(name) for key in stage.world)


def test_rollback_that_fails_can_be_continued(play, cfn, stage, name):
    play.create({"A": thing(Value="1", Fail="no")})
    physical = next(key for key in stage.world if key.startswith(name))
    saved = stage.world.pop(physical)
    assert play.update({"A": thing(Value="2", Fail="no")})["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    stage.world[physical] = saved
    cfn.continue_update_rollback(StackName=name)
    assert play.settled()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_update_may_keep_what_failed(play, name):
    play.create({"A": thing(Value="1"), "B": thing(Value="1")})
    failing = {"A": thing(Value="2"), "B": thing(Value="2", Fail="yes", after="A")}
    assert play.update(failing, DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
    assert play.values()["A"] == {"Value": "2"}
    assert play.update({"A": thing(Value="2"), "B": thing(Value="1")})["StackStatus"] == "UPDATE_COMPLETE"
    assert play.values()["B"] == {"Value": "1"}


def test_refused_operations_and_parameters_are_named(cfn, play, name):
    with pytest.raises(ClientError, match="operation DetectStackDrift is not supported"):
        cfn.detect_stack_drift(StackName="x")
    with pytest.raises(ClientError, match="StackPolicyBody of CreateStack"):
        play.create({"A": thing()}, StackPolicyBody=json.dumps({}))


def test_unsupported_property_fails_by_name(play):
    stack = play.create({"A": {"Type": "AWS::SNS::Topic", "Properties": {"Nonsense": "1"}}})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert ("A", "CREATE_FAILED", "Encountered unsupported property Nonsense") in play.events()


def test_events_page_newest_first(play, cfn, name):
    play.create({f"R{number}": thing() for number in range(60)})
    pages = list(cfn.get_paginator("describe_stack_events").paginate(StackName=name))
    events = [event for page in pages for event in page["StackEvents"]]
    assert len(pages) == 2
    assert len({event["EventId"] for event in events}) == len(events) == 182
    assert events[0]["ResourceStatus"] == "CREATE_COMPLETE"
    assert events[-1]["ResourceStatusReason"] == "User Initiated"


def test_skipping_what_cannot_be_rolled_back(play, cfn, stage, name):
    play.create({"A": thing(Value="1", Fail="no")})
    stage.world.pop(next(key for key in stage.world if key.startswith(name)))
    play.update({"A": thing(Value="2", Fail="no")})
    with pytest.raises(ClientError, match=r"not in the rollback: \[B\]"):
        cfn.continue_update_rollback(StackName=name, ResourcesToSkip=["B"])
    cfn.continue_update_rollback(StackName=name, ResourcesToSkip=["A"])
    assert play.settled()["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize(("policy", "kept"), [("Retain", True), ("RetainExceptOnCreate", False)])
def test_policies_when_a_creation_fails(play, stage, name, policy, kept):
    play.create({"A": {**thing(), "DeletionPolicy": policy}, "B": thing(Fail="yes", after="A")})
    assert any(key.startswith(f"{name}-A") for key in stage.world) is kept


def test_topics_are_told(play, cloud, name):
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = sns.create_topic(Name=name)["TopicArn"]
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:eu-west-1:123456789012:{name}")
    play.create({"A": thing()}, NotificationARNs=[topic])
    told = []
    while not any("CREATE_COMPLETE" in text and f"LogicalResourceId='{name}'" in text for text in told):
        told += [json.loads(one["Body"])["Message"] for one in sqs.receive_message(QueueUrl=queue)["Messages"]]


def test_a_time_limit(play, monkeypatch):
    monkeypatch.setattr("rehearsal.cloudformation.flows.MINUTE", 0.2)
    stack = play.create({"A": thing(Wait="yes")}, TimeoutInMinutes=1)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any("Stack creation time exceeded" in (event[2] or "") for event in play.events())


def test_a_second_deletion_changes_nothing(play, cfn, name):
    play.create({"A": thing()})
    for _ in range(2):
        cfn.delete_stack(StackName=name)
    assert play.settled()["StackStatus"] == "DELETE_COMPLETE"
    cfn.delete_stack(StackName="never-was")


def test_a_rollback_brings_back_what_waits_for_what(play, cfn, name):
    before = {"A": thing(Value="1"), "B": thing(Value={"Ref": "A"})}
    play.create(before)
    turned = {"A": thing(Value="1", after="B"), "B": thing(Value="2", Fixed="x"), "C": thing(Fail="yes", after="A")}
    assert play.update(turned)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    cfn.delete_stack(StackName=name)
    assert play.settled()["StackStatus"] == "DELETE_COMPLETE"
