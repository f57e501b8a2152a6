import io
import json
import zipfile

import pytest

from tests.support.account import BROKEN, BUCKET, CREATION, PACKAGE, URL
from tests.support.terminals import somebody
from traffic.errors import FlipsideError, Refused


def test_the_first_launch_publishes_the_package_before_the_pipeline_that_reads_it(cloud):
    cloud.cloudformation.plans.append({"outputs": {"PipelineUrl": URL}})
    cloud.cloudformation.scripts.append(CREATION)

    result = cloud.deploy()

    assert cloud.journal() == ["package", "execute_change_set"]
    assert result["action"] == "created"
    assert result["stack"]["status"] == "CREATE_COMPLETE"
    assert result["outputs"] == {"PipelineUrl": URL}
    assert "greeter/Pipeline/Topic  CREATE_COMPLETE" in cloud.said
    assert "The pipeline has begun its first run: it builds greeter, creates stack greeter-cluster" in cloud.said
    assert URL in cloud.said.splitlines()[-1]


def test_all_that_the_templates_refer_to_is_published(launched):
    stack = launched.cloudformation._find("greeter")
    keys = {found["Key"] for found in launched.s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    nested = json.dumps(
        [launched._read(launched.account.object_url(BUCKET, key)) for key in keys if key.endswith("json")]
    )

    assert stack.parameters == {"TemplateBucket": BUCKET, "CodeKey": next(key for key in keys if "/lambdas/" in key)}
    for kind in ("network", "pipeline", "load_balancer"):
        (key,) = [key for key in keys if key.startswith(f"greeter/{kind}/")]
        assert key in nested or key in launched.package().read("cluster.json").decode()


def test_the_package_holds_what_the_builds_run(launched):
    names = set(launched.package().namelist())
    package = json.loads(launched.package().read("package.json"))
    service = f"greeter/service/{package['package']}.json"

    assert {"cluster.json", "package.json", "buildspec.yml", "deployer/discover.yml", "deployer/__main__.py"} <= names
    assert {"deployer/requirements.lock", "traffic/pins.py"} <= names
    assert not [name for name in names if name.startswith(("lambdas/", "pipeline/", "templates/", "tests/"))]
    assert launched.s3.head_object(Bucket=BUCKET, Key=service)
    assert (package["app"], package["dockerfile"], package["context"]) == ("greeter", "Dockerfile", ".")


def test_the_functions_code_holds_what_aws_invokes(launched):
    key = launched.cloudformation._find("greeter").parameters["CodeKey"]
    code = zipfile.ZipFile(io.BytesIO(launched.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()))

    assert {"lambdas/flip.py", "lambdas/settle.py", "traffic/promote.py"} <= set(code.namelist())
    assert {name.split("/")[0] for name in code.namelist()} == {"lambdas", "traffic"}


def test_run_again_it_does_nothing_and_asks_nothing(launched):
    result = launched.deploy(yes=False, create=False)

    assert launched.journal() == []
    assert not launched.cloudformation.called("create_change_set")
    assert result["action"] == "unchanged"
    assert launched.versions() == 1


def test_an_update_publishes_the_package_after_the_stack(launched):
    launched.change('branch = "release"\n[container]\nport = 9000\n')

    result = launched.deploy()

    assert launched.journal() == ["execute_change_set", "package"]
    assert result["package"] == {"key": PACKAGE, "published": True}
    assert "Update stack greeter and then publish the new package, which starts a release? yes" in launched.said
    assert "The pipeline runs with the new package" in launched.said


def test_a_change_that_leaves_the_package_alone_starts_no_release(launched):
    launched.change('branch = "release"\n')

    result = launched.deploy()

    assert launched.journal() == ["execute_change_set"]
    assert result["package"]["published"] is False
    assert "Update stack greeter? yes" in launched.said
    assert "No release was started" in launched.said


def test_an_update_that_fails_publishes_no_package(launched):
    launched.change('branch = "release"\n[container]\nport = 9000\n')
    launched.cloudformation.scripts.append(BROKEN)

    with pytest.raises(FlipsideError) as told:
        launched.deploy()

    assert launched.journal() == ["execute_change_set"]
    assert "greeter/Pipeline/Flip (AWS::Lambda::Function) is UPDATE_FAILED: The code is too large" in str(told.value)
    assert "describe-stack-events --stack-name arn:aws:cloudformation:eu-west-1:123456789012:stack/greeter-Pipe" in str(
        told.value
    )
    assert launched.versions() == 1


def test_after_a_failed_update_the_same_command_finishes_the_job(launched):
    launched.change('branch = "release"\n[container]\nport = 9000\n')
    launched.cloudformation.scripts.append(BROKEN)
    with pytest.raises(FlipsideError):
        launched.deploy()

    launched.deploy()

    assert launched.journal() == ["execute_change_set", "execute_change_set", "package"]


def test_interrupted_between_stack_and_package_the_next_run_publishes_it(launched):
    launched.change('branch = "release"\n[container]\nport = 9000\n')
    answer = launched.cloudformation.describe_stack_events

    def interrupted(**asked):
        if launched.cloudformation.called("execute_change_set"):
            raise KeyboardInterrupt
        return answer(**asked)

    launched.cloudformation.describe_stack_events = interrupted
    with pytest.raises(KeyboardInterrupt):
        launched.deploy()
    assert "greeter goes on being updated without this terminal" in launched.standing.sentence
    launched.cloudformation.describe_stack_events = answer

    result = launched.deploy()

    assert launched.journal() == ["execute_change_set", "package"], "it waited for the update, then published"
    assert "Stack greeter is UPDATE_IN_PROGRESS; watching until it rests." in launched.said
    assert result["package"]["published"] is True


def test_a_new_package_alone_is_published_with_consent(launched):
    launched.s3.put_object(Bucket=BUCKET, Key=PACKAGE, Body=b"an older one")

    with pytest.raises(Refused, match="Declined"):
        launched.deploy(somebody("n"), yes=False)
    assert launched.s3.get_object(Bucket=BUCKET, Key=PACKAGE)["Body"].read() == b"an older one"

    result = launched.deploy(somebody("y"), yes=False)

    assert result["action"] == "unchanged"
    assert "cluster.json" in launched.package().namelist()


@pytest.mark.parametrize(
    "change",
    [
        {"Action": "Remove", "LogicalResourceId": "Network", "ResourceType": "AWS::CloudFormation::Stack"},
        {
            "Action": "Modify",
            "LogicalResourceId": "Vpc",
            "ResourceType": "AWS::EC2::VPC",
            "Replacement": "True",
        },
    ],
)
def test_the_network_is_not_taken_from_under_production(launched, change):
    launched.cloudformation.given("greeter-cluster", "UPDATE_COMPLETE")
    launched.cloudformation.plans.append({"changes": [change]})
    launched.change('branch = "release"\n[network]\ncidr = "10.99.0.0/16"\n')

    with pytest.raises(Refused, match=f"remove or replace {change['LogicalResourceId']} while stack greeter-cluster"):
        launched.deploy()

    assert launched.journal() == []


def test_before_anything_runs_in_it_the_network_may_be_another(launched):
    replaced = {"Action": "Modify", "LogicalResourceId": "Vpc", "ResourceType": "AWS::EC2::VPC", "Replacement": "True"}
    launched.cloudformation.plans.append({"changes": [replaced]})
    launched.change('branch = "release"\n[network]\ncidr = "10.99.0.0/16"\n')

    assert launched.deploy()["action"] == "updated"
