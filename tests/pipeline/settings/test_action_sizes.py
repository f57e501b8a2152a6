"""What is counted is what the pipeline really passes, with everything unknown at its longest."""

import json
import re
from pathlib import Path

import pytest

from pipeline.settings import action_sizes, read
from templates.pipeline import stages

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "tests/settings").glob("*.toml"))
PLACE = "arn:aws-us-gov:elasticloadbalancing:us-gov-west-1:123456789012"
ID = "0123456789abcdef"


def _passed(action, app):
    """Tell what an action is passed once each variable has its value."""
    rule = f"{PLACE}:listener-rule/app/{app}/{ID}/{ID}/{ID}"
    values = {
        "Build.IMAGE_TAG": "f" * 73,
        "Discover.PACKAGE": "f" * 32,
        "codepipeline.PipelineExecutionId": "f" * 36,
        "Deploy.ProductionRule": rule,
        "Deploy.TestRule": rule,
        "Deploy.Code1TargetGroup": f"{PLACE}:targetgroup/{app}-code1/{ID}",
        "Deploy.Code2TargetGroup": f"{PLACE}:targetgroup/{app}-code2/{ID}",
    }
    parameters = action.to_dict()["Configuration"]["UserParameters"]
    return re.sub(r"#\{([^}]+)\}", lambda variable: values[variable[1]], parameters)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_flip_is_told_no_more_than_was_counted(path):
    settings = read(path)
    told = _passed(stages.flip(settings), settings.app)
    counted = action_sizes.user_parameters(settings.app, settings.release.watch, settings.release.alarms)
    assert len(told) <= counted <= action_sizes.MOST
    # Counting far too much would refuse names that have room; what may be left out of a file is all it may be.
    unused = 0 if {"watch", "alarms"} <= json.loads(told).keys() else 30
    assert counted - len(told) <= unused + 25


def test_the_most_subnets_leave_room_for_the_pins():
    settings = read(ROOT / "tests/settings/large.toml")
    network = settings.network
    assert len(network.public_subnets) == len(network.private_subnets) == 4
    longest = {
        "Vpc": network.vpc_id,
        "PublicSubnets": ",".join(network.public_subnets),
        "PrivateSubnets": ",".join(network.private_subnets),
        "TemplateBucket": "b" * 63,
        "Key": "arn:aws-us-gov:kms:us-gov-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
    }
    overrides = stages.deploy(settings).to_dict()["Configuration"]["ParameterOverrides"]["Fn::Sub"]
    passed = re.sub(r"\$\{(\w+)\}", lambda parameter: longest[parameter[1]], overrides)
    counted = action_sizes.parameter_overrides(network.public_subnets, network.private_subnets)
    assert len(passed) <= counted <= action_sizes.MOST
    assert json.loads(passed)["PrivateSubnets"] == longest["PrivateSubnets"]
