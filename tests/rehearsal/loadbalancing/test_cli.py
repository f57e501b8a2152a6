"""The aws command line works against it."""

import json
import os
import shutil
import subprocess

import pytest

from tests.rehearsal.loadbalancing.conftest import forward


@pytest.mark.skipif(shutil.which("aws") is None, reason="the aws command is not installed")
def test_a_script_that_registers_a_target_and_waits_for_it(shop, cloud):
    app = shop.app()
    group = shop.group()
    shop.listener(forward(group))
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_REGION": cloud.region,
        "AWS_DEFAULT_REGION": cloud.region,  # what version 1 of the command reads
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }

    def aws(*arguments):
        command = ["aws", "elbv2", *arguments, "--target-group-arn", group, "--output", "json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=30)
        return json.loads(done.stdout or "null")

    target = f"Id=127.0.0.1,Port={app.port}"
    aws("register-targets", "--targets", target)
    shop.healthy(group, app)
    aws("wait", "target-in-service", "--targets", target)
    described = aws("describe-target-health")["TargetHealthDescriptions"]
    assert [one["TargetHealth"] for one in described] == [{"State": "healthy"}]
