"""The aws command line, as anybody uses it."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.rehearsal.cloudformation.samples import thing

AWS = shutil.which("aws")
pytestmark = pytest.mark.skipif(AWS is None, reason="the aws command line is not installed")


@pytest.fixture
def aws(cloud, tmp_path):
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": cloud.region,
        "HOME": str(tmp_path),
    }

    def run(*arguments):
        done = subprocess.run(
            [AWS, *arguments], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_deploy_describe_delete(play, aws, tmp_path, name):
    path = tmp_path / "template.json"
    deploy = ("cloudformation", "deploy", "--stack-name", name, "--template-file", str(path))
    parameters = {"Parameters": {"P": {"Type": "String", "Default": "1"}}}
    path.write_text(play.template({"A": thing(Value={"Ref": "P"})}, **parameters))
    assert aws(*deploy)[0] == 0
    assert play.values()["A"] == {"Value": "1"}
    assert "No changes to deploy" in aws(*deploy)[1]
    assert aws(*deploy, "--parameter-overrides", "P=2")[0] == 0
    assert play.values()["A"] == {"Value": "2"}
    query = ("--query", "Stacks[0].StackStatus", "--output", "text")
    assert aws("cloudformation", "describe-stacks", "--stack-name", name, *query) == (0, "UPDATE_COMPLETE\n")
    assert aws("cloudformation", "delete-stack", "--stack-name", name)[0] == 0
    assert aws("cloudformation", "wait", "stack-delete-complete", "--stack-name", name)[0] == 0


def test_a_failed_deployment_is_told(play, aws, tmp_path, name):
    path = tmp_path / "template.json"
    path.write_text(play.template({"A": thing(Fail="yes")}))
    code, said = aws("cloudformation", "deploy", "--stack-name", name, "--template-file", str(path))
    assert code != 0
    assert "Failed to create/update the stack" in said
