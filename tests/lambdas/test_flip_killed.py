"""The flip's own process ends between two of its calls, as when Lambda takes its container away."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from tests.support.pipeline_jobs import Jobs, pipeline_jobs
from tests.support.sides import Sides

DIED = 9
FUNCTION = """
import json, os, sys
from lambdas import flip

class Context:
    aws_request_id = "8f0c2f40-3a1e-4b0c-9f6e-0123456789ab"
    def get_remaining_time_in_millis(self):
        return 120_000

moment, operation, rule = sys.argv[1:]

def die(**_):
    os._exit(9)

def die_before(params, **_):
    if rule in str(params["body"]):
        die()

if moment != "never":
    for client in (flip.ELBV2, flip.CODEPIPELINE):
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(f"{moment}-call.{service}.{operation}", die_before if moment == "before" else die)
flip.handler(json.load(sys.stdin), Context())
"""


@pytest.fixture(scope="module")
def sides() -> Iterator[Sides]:
    """Run an AWS in memory that other processes can reach, with a load balancer in it."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        environment.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        environment.setenv("AWS_ACCESS_KEY_ID", "testing")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        environment.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
        requests.post(f"http://{host}:{port}/moto-api/reset", timeout=10).raise_for_status()
        yield Sides()
    server.stop()


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    """Hand out jobs."""
    with pipeline_jobs() as jobs:
        yield jobs


def run(event: object, *death: str) -> int:
    """Run the flip in a process of its own."""
    command = [sys.executable, "-c", FUNCTION, *(death or ("never", "", ""))]
    return subprocess.run(command, input=json.dumps(event), text=True, env=os.environ, check=False).returncode


@pytest.mark.parametrize(
    ("moment", "operation", "about"),
    [
        ("before", "ModifyRule", "production"),
        ("after", "ModifyRule", "production"),
        ("before", "ModifyRule", "test"),
        ("before", "AddTags", ""),
        ("before", "PutJobSuccessResult", ""),
        ("after", "PutJobSuccessResult", ""),
    ],
)
def test_a_flip_whose_process_ends_is_finished_by_the_next(
    sides: Sides, jobs: Jobs, moment: str, operation: str, about: str
) -> None:
    sides.reset()
    rule = sides.rules.get(about, "") if moment == "before" else ""
    assert run(sides.job(jobs.open(), "v2"), moment, operation, rule) == DIED
    retried = jobs.open()
    assert run(sides.job(retried, "v2")) == 0
    assert jobs.succeeded(retried)
    assert (sides.image("production"), sides.disagreements()) == ("v2", [])
