"""UserParameters that are wrong are named, with what would be valid."""

import json
from typing import Any

import pytest

from tests.support.container import Container
from tests.support.pipeline_jobs import Jobs
from tests.support.sides import Sides

pytestmark = pytest.mark.usefixtures("no_sleep", "log")


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"image": ""}, 'image must be an image tag, but is "".'),
        ({"image": None}, "image must be an image tag, but is null."),
        ({"image": "v2 or so"}, 'image must be an image tag, but is "v2 or so".'),
        ({"image": "x" * 999}, 'image must be an image tag, but is "' + "x" * 199 + " ...."),
        ({"package": "latest"}, "package must be a content hash of 16 to 64 hexadecimal digits"),
        ({"production_rule": "#{Deploy.ProductionRule}"}, "production_rule must be the ARN of a listener rule"),
        ({"code2_target_group": 7}, "code2_target_group must be the ARN of a target group, but is 7."),
        ({"watch": "long"}, 'watch must be a whole number from 0 to 3600, but is "long".'),
        ({"watch": True}, "watch must be a whole number from 0 to 3600, but is true."),
        ({"healthy": 0}, "healthy must be a whole number from 1 to 1000, but is 0."),
        ({"alarms": "greeter-errors"}, 'alarms must be a list of names, but is "greeter-errors".'),
        ({"execution": ""}, "execution must be a pipeline execution's id"),
        ({"imgae": "v3"}, 'unknown "imgae". Needed: image, production_rule, test_rule, code1_target_group,'),
    ],
)
def test_parameters_that_are_wrong_are_named(
    flip: Container, sides: Sides, jobs: Jobs, parameters: dict[str, Any], sentence: str
) -> None:
    job = jobs.open()
    event = sides.job(job, "v2")
    configuration = event["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"]
    configuration["UserParameters"] = json.dumps(json.loads(configuration["UserParameters"]) | parameters)
    flip.invoke(event)
    assert jobs.failure(job)["type"] == "ConfigurationError"
    assert sentence in jobs.failure(job)["message"]
    assert sides.serving("production") == "Code1"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The flip action has no UserParameters"),
        ("[]", "UserParameters must be a JSON object, but is []."),
        ('{"image": "v2", "test_rule": "x"}', "production_rule, code1_target_group, code2_target_group missing."),
        (7, "The flip action has no UserParameters"),
    ],
)
def test_parameters_that_are_no_parameters(
    flip: Container, sides: Sides, jobs: Jobs, text: object, sentence: str
) -> None:
    job = jobs.open()
    event = sides.job(job, "v2")
    event["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"]["UserParameters"] = text
    flip.invoke(event)
    assert sentence in jobs.failure(job)["message"]


def test_watch_alarms_and_execution_are_accepted(flip: Container, sides: Sides, jobs: Jobs) -> None:
    job = jobs.open()
    flip.invoke(sides.job(job, "v2", watch=60, alarms=["greeter-code2-errors"], execution="3137f7cb-7cf7"))
    assert jobs.succeeded(job)


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"test_rule": "production_rule"}, "The production rule and the test rule are the same rule"),
        ({"code1_target_group": "code2_target_group"}, "Code1 and Code2 are the same target group"),
        (
            {"code1_target_group": "code2_target_group", "code2_target_group": "code1_target_group"},
            "The target group given as Code1 is tagged Identifier=Code2; Identifier=Code1 is expected on ",
        ),
    ],
)
def test_arns_that_are_mixed_up(
    flip: Container, sides: Sides, jobs: Jobs, parameters: dict[str, str], sentence: str
) -> None:
    job = jobs.open()
    right = sides.job(job, "v2")["CodePipeline.job"]["data"]["actionConfiguration"]["configuration"]["UserParameters"]
    given = {key: json.loads(right)[other] for key, other in parameters.items()}
    flip.invoke(sides.job(job, "v2", **given))
    assert sentence in jobs.failure(job)["message"]
    assert sides.serving("production") == "Code1"
