"""AWS's limits, with the longest values that can stand where a template has a reference."""

import json
import re
from typing import Any

import pytest

from tests.templates import samples
from tests.templates.resolution import AWS, resolved

# What a template given with the call may measure, and one that is fetched from S3.
MOST_BYTES_OF_A_BODY = 51_200
MOST_BYTES_OF_AN_OBJECT = 1_000_000
MOST_RESOURCES = 500
MOST_PARAMETERS = 200
MOST_CHARACTERS_OF_A_VALUE = 1000
MOST_BYTES_OF_OVERRIDES = 1024

MOST_OF_INLINE_POLICIES = 10_240
MOST_OF_A_MANAGED_POLICY = 6_144
MOST_OF_A_TRUST_POLICY = 2_048
MOST_OF_A_ROLE_NAME = 64
MOST_OF_A_BUCKET_NAME = 63

REGIONAL = f"{AWS['AWS::Region']}:{AWS['AWS::AccountId']}"
LONG_ARN = f"arn:{AWS['AWS::Partition']}:lambda:{REGIONAL}:function/" + "n" * 60
KNOWN = {
    "TemplateBucket": "b" * 63,
    "Key": f"arn:{AWS['AWS::Partition']}:kms:{REGIONAL}:key/mrk-" + "f" * 32,
    "Vpc": "vpc-" + "f" * 17,
    "PublicSubnets": ",".join(["subnet-" + "f" * 17] * 4),
    "PrivateSubnets": ",".join(["subnet-" + "f" * 17] * 4),
    "Identifier": "Code1",
    "Topic": f"arn:{AWS['AWS::Partition']}:sns:{REGIONAL}:" + "t" * 33,
}
VARIABLE = re.compile(r"#\{([^}]+)\}")


def variables(app: str) -> dict[str, str]:
    """Return the pipeline's variables at their longest."""
    arn = f"arn:{AWS['AWS::Partition']}:elasticloadbalancing:{REGIONAL}"
    rule = f"{arn}:listener-rule/app/{app}/" + "/".join(["f" * 16] * 3)
    group = f"{arn}:targetgroup/{app}-code1/" + "f" * 16
    return {
        "App.CommitId": "f" * 40,
        "App.VersionId": "v" * 40,
        "Build.IMAGE_TAG": "f" * 40,
        "Discover.PACKAGE": "f" * 64,
        "Discover.SUMMARY": "s" * 300,
        "Deploy.TestUrl": f"https://{app}-1234567890.{AWS['AWS::Region']}.elb.amazonaws.com:65535",
        "Deploy.ProductionRule": rule,
        "Deploy.TestRule": rule,
        "Deploy.Code1TargetGroup": group,
        "Deploy.Code2TargetGroup": group,
        "codepipeline.PipelineExecutionId": "e" * 36,
    }


def known(template: samples.Template) -> dict[str, str]:
    """Return what the references of a template stand for."""
    arns = {f"{title}.Arn": LONG_ARN for title in template["Resources"]}
    return {**dict.fromkeys(template["Resources"], LONG_ARN), **arns, **KNOWN}


def values(name: str) -> dict[str, str]:
    """Return every value of every action's configuration, by action and key."""
    pipeline = samples.templates(name)["pipeline"]
    stages = resolved(pipeline["Resources"]["Pipeline"]["Properties"]["Stages"], pipeline, known(pipeline))
    longest = variables(samples.settings(name).app)
    return {
        f"{action['Name']}.{key}": VARIABLE.sub(lambda found: longest[found[1]], value)
        for stage in stages
        for action in stage["Actions"]
        for key, value in action["Configuration"].items()
    }


@pytest.mark.parametrize(("name", "stack"), samples.every_template())
def test_size_of_templates(name: str, stack: str) -> None:
    body = samples.synthesis(name).templates[stack]
    template = samples.templates(name)[stack]
    # The parent is the one that may be given with the call; all others are fetched.
    assert len(body) <= (MOST_BYTES_OF_A_BODY if stack == "main" else MOST_BYTES_OF_AN_OBJECT)
    assert len(template["Resources"]) <= MOST_RESOURCES
    assert len(template.get("Parameters", {})) <= MOST_PARAMETERS
    assert len(template["Outputs"]) <= MOST_PARAMETERS


@pytest.mark.parametrize("name", samples.NAMES)
def test_size_of_the_actions_values(name: str) -> None:
    too_long = {key: len(value) for key, value in values(name).items() if len(value) > MOST_CHARACTERS_OF_A_VALUE}
    assert too_long == {}


@pytest.mark.parametrize("name", samples.NAMES)
def test_size_of_the_parameter_overrides(name: str) -> None:
    assert len(values(name)["Deploy.ParameterOverrides"].encode()) <= MOST_BYTES_OF_OVERRIDES


def size(document: Any) -> int:
    """Return how much IAM counts: everything but white space."""
    return len(json.dumps(document, separators=(",", ":")))


@pytest.mark.parametrize(("name", "stack"), samples.every_template())
def test_size_of_policies(name: str, stack: str) -> None:
    template = samples.templates(name)[stack]
    resources = resolved(template["Resources"], template, known(template))
    for title, each in resources.items():
        properties = each["Properties"]
        if each["Type"] == "AWS::IAM::Role":
            inline = sum(size(policy["PolicyDocument"]) for policy in properties.get("Policies", []))
            assert inline <= MOST_OF_INLINE_POLICIES, f"{title}: {inline}"
            assert size(properties["AssumeRolePolicyDocument"]) <= MOST_OF_A_TRUST_POLICY, title
            assert len(properties["RoleName"]) <= MOST_OF_A_ROLE_NAME, title
        if each["Type"] == "AWS::IAM::ManagedPolicy":
            assert size(properties["PolicyDocument"]) <= MOST_OF_A_MANAGED_POLICY, title
        if each["Type"] == "AWS::S3::Bucket":
            assert len(properties["BucketName"]) <= MOST_OF_A_BUCKET_NAME, title


@pytest.mark.parametrize(("name", "stack"), samples.every_template())
def test_number_of_tags(name: str, stack: str) -> None:
    for title, each in samples.templates(name)[stack]["Resources"].items():
        assert len(each["Properties"].get("Tags", [])) <= 50, title
