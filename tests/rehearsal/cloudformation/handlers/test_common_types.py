"""Types that everybody's templates have: made, read back through their services, changed and removed."""

import json
import urllib.request

import pytest

from tests.rehearsal.cloudformation.handlers.test_types import policy, resource


def get(name, attribute):
    return {"Fn::GetAtt": [name, attribute]}


def test_queues_with_a_queue_for_what_nobody_could_handle(stack):
    redrive = {"deadLetterTargetArn": get("Dead", "Arn"), "maxReceiveCount": 3}
    resources = {
        "Dead": resource("SQS::Queue"),
        "Queue": resource(
            "SQS::Queue",
            VisibilityTimeout="40",
            RedrivePolicy=redrive,
            Tags=[{"Key": "a", "Value": "b"}],
        ),
        "Ordered": resource("SQS::Queue", FifoQueue=True, ContentBasedDeduplication="true"),
        "Policy": resource("SQS::QueuePolicy", Queues=[{"Ref": "Queue"}], PolicyDocument=policy("sqs:*")),
    }
    outputs = {name: {"Value": get("Queue", name)} for name in ("Arn", "QueueName", "QueueUrl")}
    made = stack.apply(resources, outputs)
    sqs = stack.client("sqs")

    def attributes(name):
        return sqs.get_queue_attributes(QueueUrl=made[name], AttributeNames=["All"])["Attributes"]

    assert stack.outputs()["QueueUrl"] == made["Queue"]
    assert stack.outputs()["Arn"].endswith(f":{stack.outputs()['QueueName']}")
    assert made["Ordered"].endswith(".fifo")
    assert attributes("Queue")["VisibilityTimeout"] == "40"
    assert json.loads(attributes("Queue")["RedrivePolicy"])["deadLetterTargetArn"] == attributes("Dead")["QueueArn"]
    assert json.loads(attributes("Queue")["Policy"])["Statement"][0]["Action"] == "sqs:*"
    assert sqs.list_queue_tags(QueueUrl=made["Queue"])["Tags"] == {"a": "b"}
    del resources["Queue"]["Properties"]["VisibilityTimeout"]
    resources["Ordered"]["Properties"]["DelaySeconds"] = 5
    assert stack.apply(resources, outputs) == made
    assert (attributes("Queue")["VisibilityTimeout"], attributes("Ordered")["DelaySeconds"]) == ("30", "5")
    stack.delete()
    assert made["Queue"] not in sqs.list_queues().get("QueueUrls", [])


def test_parameters_and_secrets(stack):
    generated = {"SecretStringTemplate": '{"user": "me"}', "GenerateStringKey": "password", "PasswordLength": 20}
    resources = {
        "Parameter": resource("SSM::Parameter", Type="String", Value="one", Tags={"a": "b"}),
        "Secret": resource("SecretsManager::Secret", GenerateSecretString=generated, Description="d"),
        "Plain": resource("SecretsManager::Secret", SecretString="s"),
    }
    made = stack.apply(resources, {"Value": {"Value": get("Parameter", "Value")}})
    ssm, secrets = stack.client("ssm"), stack.client("secretsmanager")
    first = json.loads(secrets.get_secret_value(SecretId=made["Secret"])["SecretString"])
    assert (first["user"], len(first["password"])) == ("me", 20)
    assert stack.outputs() == {"Value": "one"}
    resources["Parameter"]["Properties"]["Value"] = "two"
    resources["Secret"]["Properties"]["Description"] = "another"
    resources["Plain"]["Properties"]["SecretString"] = "t"
    assert stack.apply(resources, {"Value": {"Value": get("Parameter", "Value")}}) == made
    assert ssm.get_parameter(Name=made["Parameter"])["Parameter"]["Value"] == "two"
    assert json.loads(secrets.get_secret_value(SecretId=made["Secret"])["SecretString"]) == first
    assert secrets.get_secret_value(SecretId=made["Plain"])["SecretString"] == "t"
    assert stack.outputs() == {"Value": "two"}
    stack.delete()
    with pytest.raises(secrets.exceptions.ResourceNotFoundException):
        secrets.describe_secret(SecretId=made["Secret"])


def test_a_table(stack):
    table = resource(
        "DynamoDB::Table",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamViewType": "NEW_IMAGE"},
        TimeToLiveSpecification={"AttributeName": "gone", "Enabled": True},
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        SSESpecification={"SSEEnabled": True},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    outputs = {name: {"Value": get("Table", name)} for name in ("Arn", "StreamArn")}
    made = stack.apply({"Table": table}, outputs)["Table"]
    api = stack.client("dynamodb")
    found = api.describe_table(TableName=made)["Table"]
    assert stack.outputs() == {"Arn": found["TableArn"], "StreamArn": found["LatestStreamArn"]}
    assert api.describe_time_to_live(TableName=made)["TimeToLiveDescription"]["AttributeName"] == "gone"
    table["Properties"]["BillingMode"] = "PROVISIONED"
    table["Properties"]["ProvisionedThroughput"] = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}
    assert stack.apply({"Table": table}, outputs) == {"Table": made}
    assert api.describe_table(TableName=made)["Table"]["ProvisionedThroughput"]["WriteCapacityUnits"] == 3
    stack.delete()
    assert made not in api.list_tables()["TableNames"]


def test_names_in_a_zone(stack):
    record = {"HostedZoneId": {"Ref": "Zone"}, "Name": "a.shop.test.", "Type": "A", "TTL": "60"}
    one = resource("Route53::RecordSet", **record, ResourceRecords=["10.0.0.1"], SetIdentifier="one", Weight=3)
    two = resource("Route53::RecordSet", **record, ResourceRecords=["10.0.0.2"], SetIdentifier="two", Weight="1")
    resources = {"Zone": resource("Route53::HostedZone", Name="shop.test."), "One": one, "Two": two}
    made = stack.apply(resources)
    assert "/" not in made["Zone"]
    one["Properties"]["Weight"] = 7
    assert stack.apply(resources) == made
    found = stack.client("route53").list_resource_record_sets(HostedZoneId=made["Zone"])["ResourceRecordSets"]
    weights = {item["SetIdentifier"]: item["Weight"] for item in found if item["Type"] == "A"}
    assert weights == {"one": 7, "two": 1}
    stack.delete()


def test_a_repository_of_code(stack):
    repository = resource("CodeCommit::Repository", RepositoryName=stack.name, RepositoryDescription="d")
    outputs = {"Name": {"Value": get("Code", "Name")}}
    made = stack.apply({"Code": repository}, outputs)["Code"]
    api = stack.client("codecommit")
    assert api.get_repository(repositoryName=stack.name)["repositoryMetadata"]["repositoryId"] == made
    assert stack.outputs() == {"Name": stack.name}
    stack.delete()


def test_a_stack_waits_for_signals(stack, world):
    handle = resource("CloudFormation::WaitConditionHandle")
    address = stack.apply({"Handle": handle})["Handle"]
    for number in (1, 2):
        signal = {"Status": "SUCCESS", "UniqueId": str(number), "Data": f"d{number}", "Reason": "done"}
        sent = urllib.request.Request(address, json.dumps(signal).encode(), {"Content-Type": ""}, method="PUT")
        urllib.request.urlopen(sent, timeout=30).close()
    condition = resource("CloudFormation::WaitCondition", Handle={"Ref": "Handle"}, Timeout="10", Count=2)
    stack.apply({"Handle": handle, "Done": condition}, {"Data": {"Value": get("Done", "Data")}})
    assert json.loads(stack.outputs()["Data"]) == {"1": "d1", "2": "d2"}
    stack.delete()
