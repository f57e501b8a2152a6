"""Change sets that take up what exists already."""

import json
import uuid

import pytest
from botocore.exceptions import ClientError

TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.fixture
def name():
    return f"a{uuid.uuid4().hex[:10]}"


@pytest.fixture
def stacks(world):
    """Short ways to a change set, and to what carrying it out leads to."""
    client = world.client("cloudformation")

    class Stacks:
        def __init__(self):
            self.client = client

        def propose(self, stack, resources, kind="CREATE", *, adopting=True, body=None, **arguments):
            made = client.create_change_set(
                StackName=stack,
                ChangeSetName="c",
                ChangeSetType=kind,
                TemplateBody=body or json.dumps({"Resources": resources}),
                Capabilities=["CAPABILITY_NAMED_IAM"],
                ImportExistingResources=adopting,
                **arguments,
            )
            return client.describe_change_set(ChangeSetName=made["Id"])

        def carry_out(self, proposed):
            client.execute_change_set(ChangeSetName=proposed["ChangeSetId"])
            return self.finished(proposed["StackName"])

        def finished(self, stack):
            engine = world.backend("cloudformation").engine
            operation = next(op for op in reversed(engine.operations.values()) if op.stack.name == stack)
            assert operation.finished.wait(60)
            return operation.stack.status

        def ids(self, stack):
            found = client.describe_stack_resources(StackName=stack)["StackResources"]
            return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}

        def told(self, stack, resource):
            events = reversed(client.describe_stack_events(StackName=stack)["StackEvents"])
            return [
                (one["ResourceStatus"], one.get("ResourceStatusReason"))
                for one in events
                if one["LogicalResourceId"] == resource
            ]

    return Stacks()


def declared(kind, policy="Retain", **properties):
    return {"Type": kind, "DeletionPolicy": policy, "Properties": properties}


def actions(proposed):
    changes = [change["ResourceChange"] for change in proposed["Changes"]]
    return {one["LogicalResourceId"]: (one["Action"], one.get("PhysicalResourceId")) for one in changes}


def bucket(world, name):
    s3 = world.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": world.region})
    return s3


def test_what_has_the_name_becomes_the_stacks_and_stays_as_it_is(world, stacks, name):
    s3 = bucket(world, name)
    s3.put_object(Bucket=name, Key="kept", Body=b"1")
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "own", "Value": "1"}]})
    resources = {
        "Bucket": declared("AWS::S3::Bucket", BucketName=name, VersioningConfiguration={"Status": "Enabled"}),
        "Fresh": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Bucket"}}},
    }
    proposed = stacks.propose(name, resources, Tags=[{"Key": "team", "Value": "blue"}])
    assert (proposed["Status"], proposed["ImportExistingResources"]) == ("CREATE_COMPLETE", True)
    assert actions(proposed) == {"Bucket": ("Import", name), "Fresh": ("Add", None)}

    assert stacks.carry_out(proposed) == "CREATE_COMPLETE"

    assert stacks.ids(name)["Bucket"] == name
    assert s3.get_object(Bucket=name, Key="kept")["Body"].read() == b"1"
    tags = {one["Key"]: one["Value"] for one in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
    assert tags == {"own": "1", "team": "blue"}
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    assert [status for status, _ in stacks.told(name, "Bucket")] == [
        "IMPORT_IN_PROGRESS",
        "IMPORT_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def made_role(world, name):
    world.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=TRUST, Path="/x/")
    return declared("AWS::IAM::Role", RoleName=name, Path="/x/", AssumeRolePolicyDocument=json.loads(TRUST))


def made_repository(world, name):
    world.client("ecr").create_repository(repositoryName=name)
    return declared("AWS::ECR::Repository", RepositoryName=name)


def made_logs(world, name):
    # Another one whose name begins with it, and comes first in no order that counts.
    for each in (f"{name}-more", name):
        world.client("logs").create_log_group(logGroupName=each)
    return declared("AWS::Logs::LogGroup", LogGroupName=name)


def made_table(world, name):
    keys = {
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    world.client("dynamodb").create_table(TableName=name, **keys)
    return declared("AWS::DynamoDB::Table", TableName=name, **keys)


def made_cluster(world, name):
    world.client("ecs").create_cluster(clusterName=name)
    return declared("AWS::ECS::Cluster", ClusterName=name)


def made_alarm(world, name):
    terms = {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "Namespace": "n",
        "MetricName": "m",
        "Period": 60,
        "Statistic": "Sum",
    }
    world.client("cloudwatch").put_metric_alarm(AlarmName=name, **terms)
    return declared("AWS::CloudWatch::Alarm", AlarmName=name, **terms)


@pytest.mark.parametrize(
    ("make", "attribute", "ends"),
    [
        (made_role, "Arn", ":role/x/{}"),
        (made_repository, "Arn", ":repository/{}"),
        (made_logs, "Arn", ":log-group:{}:*"),
        (made_table, "Arn", ":table/{}"),
        (made_cluster, "Arn", ":cluster/{}"),
        (made_alarm, "Arn", ":alarm:{}"),
    ],
)
def test_its_attributes_are_read(world, stacks, name, make, attribute, ends):
    body = {
        "Resources": {"It": make(world, name)},
        "Outputs": {"Read": {"Value": {"Fn::GetAtt": ["It", attribute]}}},
    }
    proposed = stacks.propose(name, {}, body=json.dumps(body))
    assert actions(proposed) == {"It": ("Import", name)}
    assert stacks.carry_out(proposed) == "CREATE_COMPLETE"
    (output,) = stacks.client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert output["OutputValue"].endswith(ends.format(name))


def test_a_parameter_and_its_value(world, stacks, name):
    world.client("ssm").put_parameter(Name=name, Type="String", Value="as it is")
    body = {
        "Resources": {"It": declared("AWS::SSM::Parameter", Name=name, Type="String", Value="as it should be")},
        "Outputs": {"Read": {"Value": {"Fn::GetAtt": ["It", "Value"]}}},
    }
    assert stacks.carry_out(stacks.propose(name, {}, body=json.dumps(body))) == "CREATE_COMPLETE"
    (output,) = stacks.client.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    assert output["OutputValue"] == "as it is"


def test_an_update_takes_up_too(world, stacks, name):
    first = {"Fresh": {"Type": "AWS::SNS::Topic"}}
    assert stacks.carry_out(stacks.propose(name, first)) == "CREATE_COMPLETE"
    bucket(world, name)
    resources = {**first, "Bucket": declared("AWS::S3::Bucket", "RetainExceptOnCreate", BucketName=name)}
    proposed = stacks.propose(name, resources, "UPDATE")
    assert actions(proposed) == {"Bucket": ("Import", name)}
    assert stacks.carry_out(proposed) == "UPDATE_COMPLETE"
    assert stacks.ids(name)["Bucket"] == name


@pytest.mark.parametrize(
    "given", [{"Fn::Sub": "{}"}, {"Fn::If": ["Always", "{}", "{}"]}, {"Ref": "Name"}], ids=["sub", "if", "ref"]
)
def test_a_name_that_is_an_expression_is_not_looked_for(world, stacks, name, given):
    bucket(world, name)
    body = {
        "Parameters": {"Name": {"Type": "String", "Default": name}},
        "Conditions": {"Always": {"Fn::Equals": ["1", "1"]}},
        "Resources": {
            "Bucket": declared("AWS::S3::Bucket", BucketName=json.loads(json.dumps(given).replace("{}", name)))
        },
    }
    proposed = stacks.propose(name, {}, body=json.dumps(body))
    assert actions(proposed) == {"Bucket": ("Add", None)}
    assert stacks.carry_out(proposed) == "ROLLBACK_COMPLETE"
    assert any("already exists" in (reason or "") for _, reason in stacks.told(name, "Bucket"))


@pytest.mark.parametrize("why", ["not asked", "owned by a stack"])
def test_otherwise_it_is_in_the_way(world, stacks, name, why):
    resources = {"Bucket": declared("AWS::S3::Bucket", BucketName=name)}
    if why == "not asked":
        bucket(world, name)
    else:
        assert stacks.carry_out(stacks.propose(f"{name}-owner", resources)) == "CREATE_COMPLETE"
    proposed = stacks.propose(name, resources, adopting=why != "not asked")
    assert actions(proposed) == {"Bucket": ("Add", None)}
    assert stacks.carry_out(proposed) == "ROLLBACK_COMPLETE"
    assert ("CREATE_FAILED", f"{name} already exists") in stacks.told(name, "Bucket")
    world.client("s3").head_bucket(Bucket=name)


def test_what_a_stack_left_behind_can_be_taken_up_by_the_next(world, stacks, name):
    resources = {"Bucket": declared("AWS::S3::Bucket", BucketName=name)}
    assert stacks.carry_out(stacks.propose(name, resources)) == "CREATE_COMPLETE"
    stacks.client.delete_stack(StackName=name)
    assert stacks.finished(name) == "DELETE_COMPLETE"
    assert stacks.carry_out(stacks.propose(name, resources)) == "CREATE_COMPLETE"
    assert stacks.ids(name) == {"Bucket": name}


def test_what_would_go_with_its_stack_is_refused(world, stacks, name):
    bucket(world, name)
    proposed = stacks.propose(name, {"Bucket": declared("AWS::S3::Bucket", "Delete", BucketName=name)})
    assert (proposed["Status"], proposed["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert "must have the DeletionPolicy attribute set to 'Retain'" in proposed["StatusReason"]
    assert f"Bucket ({name})" in proposed["StatusReason"]
    with pytest.raises(ClientError, match="cannot be executed"):
        stacks.client.execute_change_set(ChangeSetName=proposed["ChangeSetId"])


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_a_creation_that_fails_lets_go_of_it(world, stacks, name, policy):
    s3 = bucket(world, name)
    resources = {
        "Bucket": declared("AWS::S3::Bucket", policy, BucketName=name),
        "Bad": {"Type": "AWS::SNS::Topic", "Properties": {"Strange": {"Ref": "Bucket"}}},
    }
    assert stacks.carry_out(stacks.propose(name, resources)) == "ROLLBACK_COMPLETE"
    assert stacks.told(name, "Bucket")[-1][0] == "DELETE_SKIPPED"
    s3.head_bucket(Bucket=name)


@pytest.mark.parametrize("nested", [True, False])
def test_a_nested_stack_takes_up_when_its_change_set_is_made_with_the_roots(world, stacks, name, nested):
    bucket(world, f"{name}-templates")
    bucket(world, name)
    inner = {
        "Parameters": {"Given": {"Type": "String"}},
        "Resources": {"Bucket": declared("AWS::S3::Bucket", BucketName=name)},
    }
    s3 = world.client("s3")
    s3.put_object(Bucket=f"{name}-templates", Key="inner", Body=json.dumps(inner))
    url = f"https://{name}-templates.s3.{world.region}.amazonaws.com/inner"
    resources = {
        "Fresh": {"Type": "AWS::SNS::Topic"},
        "Inner": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": url, "Parameters": {"Given": {"Ref": "Fresh"}}},
        },
    }
    proposed = stacks.propose(name, resources, IncludeNestedStacks=nested)
    assert stacks.carry_out(proposed) == ("CREATE_COMPLETE" if nested else "ROLLBACK_COMPLETE")
    if nested:
        assert stacks.ids(stacks.ids(name)["Inner"]) == {"Bucket": name}


def test_a_nested_change_set_tells_of_it_and_refuses_for_the_root(world, stacks, name):
    bucket(world, f"{name}-templates")
    bucket(world, name)
    url = f"https://{name}-templates.s3.{world.region}.amazonaws.com/inner"
    root = {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}}

    def proposed(policy):
        inner = {"Resources": {"Bucket": declared("AWS::S3::Bucket", policy, BucketName=name)}}
        world.client("s3").put_object(Bucket=f"{name}-templates", Key="inner", Body=json.dumps(inner))
        return stacks.propose(f"{name}-{policy}", root, IncludeNestedStacks=True)

    (change,) = proposed("Retain")["Changes"]
    below = stacks.client.describe_change_set(ChangeSetName=change["ResourceChange"]["ChangeSetId"])
    assert actions(below) == {"Bucket": ("Import", name)}
    refused = proposed("Delete")
    assert refused["Status"] == "FAILED"
    assert "Nested change set" in refused["StatusReason"]
