"""Resources made by a function that came with the template."""

from __future__ import annotations

import json

import pytest

from tests.support.local_aws import eventually

SOURCE = """
import json, os
import boto3
import cfnresponse

def handler(event, context):
    asked = event["ResourceProperties"]
    boto3.client("sqs").send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(event))
    status = cfnresponse.FAILED if asked.get("Fail") == "true" else cfnresponse.SUCCESS
    cfnresponse.send(event, context, status, {"Doubled": 2 * int(asked["Number"])}, asked["Name"], reason="too odd")
"""
TRUST = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
TELL = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}


def policy(statement):
    return {"Version": "2012-10-17", "Statement": [statement]}


def template(**asked):
    role = {
        "AssumeRolePolicyDocument": policy(TRUST),
        "Policies": [{"PolicyName": "tell", "PolicyDocument": policy(TELL)}],
    }
    maker = {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Timeout": 20,
        "Environment": {"Variables": {"SEEN": {"Ref": "Seen"}}},
        "Code": {"ZipFile": SOURCE},
    }
    resources = {
        "Seen": {"Type": "AWS::SQS::Queue"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        "Maker": {"Type": "AWS::Lambda::Function", "Properties": maker},
    }
    if asked:
        token = {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}}
        resources["Thing"] = {"Type": "Custom::Thing", "Properties": {**token, **asked}}
    doubled = {"Doubled": {"Value": {"Fn::GetAtt": ["Thing", "Doubled"]}}} if asked else {}
    outputs = {"Seen": {"Value": {"Ref": "Seen"}}, **doubled}
    return json.dumps({"Resources": resources, "Outputs": outputs})


@pytest.fixture
def stack(cloud):
    client = cloud.client("cloudformation")
    wanted = {"StackName": "things", "Capabilities": ["CAPABILITY_IAM"]}
    client.create_stack(**wanted, TemplateBody=template())

    def settled():
        found = client.describe_stacks(StackName="things")["Stacks"][0]
        return None if found["StackStatus"].endswith("_IN_PROGRESS") else found

    def apply(**asked):
        client.update_stack(**wanted, TemplateBody=template(**asked))
        found = eventually(settled, 60)
        return found["StackStatus"], {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    eventually(settled, 60)
    yield apply
    client.delete_stack(StackName="things")


def requests(cloud, queue):
    """Return what the function was asked since the last look, in the order in which it was asked."""
    sqs = cloud.client("sqs")
    found = []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return [(one["RequestType"], one.get("PhysicalResourceId")) for one in found], found


def test_made_changed_replaced_and_removed(cloud, stack):
    status, outputs = stack(Name="a", Number=4)
    assert (status, outputs["Doubled"]) == ("UPDATE_COMPLETE", "8")
    queue = outputs["Seen"]
    asked, (first,) = requests(cloud, queue)
    assert asked == [("Create", None)]
    # Numbers travel as texts.
    assert (first["ResourceType"], first["ResourceProperties"]["Number"]) == ("Custom::Thing", "4")
    assert stack(Name="a", Number=5)[1]["Doubled"] == "10"
    asked, (second,) = requests(cloud, queue)
    assert (asked, second["OldResourceProperties"]["Number"]) == ([("Update", "a")], "4")
    # Another physical id means another resource: the old one is removed when all has gone well.
    assert stack(Name="b", Number=5)[0] == "UPDATE_COMPLETE"
    assert requests(cloud, queue)[0] == [("Update", "a"), ("Delete", "a")]
    status, _ = stack(Name="b", Number=5, Fail="true")
    assert status == "UPDATE_ROLLBACK_COMPLETE"
    events = cloud.client("cloudformation").describe_stack_events(StackName="things")["StackEvents"]
    assert any("too odd" in one.get("ResourceStatusReason", "") for one in events)
    assert requests(cloud, queue)[0] == [("Update", "b"), ("Update", "b")]
    assert stack()[0] == "UPDATE_COMPLETE"
    assert requests(cloud, queue)[0] == [("Delete", "b")]
