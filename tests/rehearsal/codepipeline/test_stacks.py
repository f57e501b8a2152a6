import json

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.codepipeline.conftest import action, stage, zipped
from tests.support.engines import trust

TEMPLATE = {
    "Parameters": {"Name": {"Type": "String"}, "Size": {"Type": "String", "Default": "small"}},
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Ref": "Name"}}}},
    "Outputs": {"Made": {"Value": {"Ref": "Topic"}}, "Chosen": {"Value": {"Ref": "Size"}}},
}


def deploy(mode="CREATE_UPDATE", *, name="Deploy", **configuration):
    settings = {"ActionMode": mode, "StackName": "cluster", "RoleArn": "arn:aws:iam::123456789012:role/cfn"}
    return action(name, "CloudFormation", settings | configuration, takes=("App",), namespace=name)


@pytest.fixture(scope="module", autouse=True)
def stack_role(cloud):
    cloud.client("iam").create_role(RoleName="cfn", AssumeRolePolicyDocument=trust("cloudformation"))


@pytest.fixture
def package(cloud):
    files = {"cluster.json": json.dumps(TEMPLATE), "build.json": '{"Name": "made-here"}', "settings.json": "{}"}
    files["settings.json"] = json.dumps({"Parameters": {"Size": "big"}, "Tags": {"team": "blue"}})
    s3 = cloud.client("s3")
    s3.put_object(Bucket="sources", Key="app.zip", Body=zipped(files))
    yield
    s3.put_object(Bucket="sources", Key="app.zip", Body=zipped({"hello.txt": "hello"}))


def test_a_stack_is_created_updated_and_deleted(line, cloud, package):
    overrides = json.dumps({"Name": {"Fn::GetParam": ["App", "build.json", "Name"]}})
    made = {"TemplatePath": "App::cluster.json", "ParameterOverrides": overrides}
    deployed = deploy(**made, TemplateConfiguration="App::settings.json", OutputFileName="made.json")
    deployed["outputArtifacts"] = [{"name": "Made"}]
    first = line.make(stage("Deploy", deployed))
    line.ended(first)
    output = line.run("Deploy")["output"]
    assert output["outputVariables"] == {"Made": "arn:aws:sns:eu-west-1:123456789012:made-here", "Chosen": "big"}
    line.ended(line.start())
    assert len(cloud.client("cloudformation").describe_stacks(StackName="cluster")["Stacks"]) == 1
    line.ended(line.make(stage("Deploy", deploy("DELETE_ONLY"))))
    with pytest.raises(ClientError, match="does not exist"):
        cloud.client("cloudformation").describe_stacks(StackName="cluster")


def test_a_change_set_is_made_and_put_in_force(line, cloud, package):
    made = {"TemplatePath": "App::cluster.json", "ParameterOverrides": '{"Name":"by-set"}', "ChangeSetName": "next"}
    release = stage("Deploy", deploy("CHANGE_SET_REPLACE", name="Change", **made))
    go = deploy("CHANGE_SET_EXECUTE", name="Execute", ChangeSetName="next")
    release["actions"].append({**go, "runOrder": 2})
    line.ended(line.make(release))
    topics = [one["TopicArn"] for one in cloud.client("sns").list_topics()["Topics"]]
    assert "arn:aws:sns:eu-west-1:123456789012:by-set" in topics
    assert ":stack/cluster/" in line.run("Execute")["output"]["executionResult"]["externalExecutionId"]
    line.ended(line.make(stage("Deploy", deploy("DELETE_ONLY"))))


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        ({"TemplatePath": "App::none.json"}, "File [none.json] does not exist in artifact [App]"),
        (
            {"TemplatePath": "App::cluster.json", "ParameterOverrides": '{"Name":{"Fn::GetParam":["App","x","y"]}}'},
            "File [x] does not exist in artifact [App]",
        ),
        ({"TemplatePath": "App::cluster.json", "ParameterOverrides": "{"}, "is no JSON"),
        ({"TemplatePath": "App::cluster.json", "ParameterOverrides": '{"Name":{"Ref":"x"}}'}, "neither Fn::GetParam"),
    ],
)
def test_a_stack_that_cannot_be_declared_fails_with_the_reason(line, package, configuration, reason):
    line.ended(line.make(stage("Deploy", deploy(**configuration))), "Failed")
    assert reason in line.action("Deploy", "Deploy")["errorDetails"]["message"]
