"""Resource types that are data."""

from __future__ import annotations

import pytest


def topic(**properties):
    return {"Type": "AWS::SNS::Topic", "Properties": properties}


def parameter(value, **more):
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value, **more}}


@pytest.fixture
def physical(cfn, name):
    def physical(logical):
        found = cfn.describe_stack_resource(StackName=name, LogicalResourceId=logical)
        return found["StackResourceDetail"]["PhysicalResourceId"]

    return physical


def test_a_property_taken_out_goes_back_to_its_default(play, cloud, physical):
    play.create({"T": topic(DisplayName="x"), "Other": topic()})
    assert play.update({"T": topic(), "Other": topic()})["StackStatus"] == "UPDATE_COMPLETE"
    assert cloud.client("sns").get_topic_attributes(TopicArn=physical("T"))["Attributes"]["DisplayName"] == ""


def test_values_the_api_wants_along(play, cloud, physical):
    play.create({"P": parameter("1", Description="a")})
    assert play.update({"P": parameter("1", Description="b")})["StackStatus"] == "UPDATE_COMPLETE"
    (found,) = cloud.client("ssm").describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [physical("P")]}])[
        "Parameters"
    ]
    assert found["Description"] == "b"


def test_replacement_of_a_generated_name(play, cloud, physical):
    play.create({"P": parameter("1")})
    before = physical("P")
    play.update({"P": {**parameter("1"), "Properties": {"Type": "StringList", "Value": "1"}}})
    assert physical("P") != before
    names = [one["Name"] for one in cloud.client("ssm").describe_parameters()["Parameters"]]
    assert before not in names
    assert physical("P") in names


def test_replacement_under_the_same_name_is_refused(play, cloud, name):
    play.create({"P": parameter("1", Name=name)})
    stack = play.update(
        {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "StringList", "Value": "1", "Name": name}}}
    )
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reasons = [event[2] or "" for event in play.events()]
    assert any(f"Rename {name} and update the stack again." in reason for reason in reasons)
    assert cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Type"] == "String"


def test_what_the_service_says_is_the_reason(play, cloud, name):
    cloud.client("ssm").put_parameter(Name=name, Type="String", Value="there already")
    stack = play.create({"P": parameter("1", Name=name)})
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = next(event[2] for event in play.events() if event[:2] == ("P", "CREATE_FAILED"))
    assert reason.startswith("Resource handler returned message:")
    assert "HandlerErrorCode: AlreadyExists" in reason


def test_deleting_what_is_gone_is_fine(play, cloud, cfn, physical, name):
    play.create({"P": parameter("1")})
    cloud.client("ssm").delete_parameter(Name=physical("P"))
    cfn.delete_stack(StackName=name)
    assert play.settled()["StackStatus"] == "DELETE_COMPLETE"


def test_generated_names_keep_within_limits(play, physical):
    play.create({"ABucketWithAVeryLongLogicalNameIndeedLongerThanABucketNameMayBeAtAll": {"Type": "AWS::S3::Bucket"}})
    made = physical("ABucketWithAVeryLongLogicalNameIndeedLongerThanABucketNameMayBeAtAll")
    assert len(made) <= 63
    assert made == made.lower()
