import json
import time

import pytest

from rehearsal.codebuild import runner
from rehearsal.warden import processes
from tests.rehearsal.codebuild.conftest import ENVIRONMENT, context, phases, spec

ALL = """
version: 0.2
env:
  variables: {A: one, FLAG: true}
  exported-variables: [RESULT, ABSENT]
phases:
  install:
    runtime-versions: {python: 3.11}
    commands: [mkdir deeper, cd deeper]
  pre_build:
    commands: ['export RESULT=$A-$FLAG', 'local_one=kept']
  build:
    commands:
      - |
        for word in a b; do
          echo "$word $local_one"
        done
      - pwd
    finally: [echo finally]
  post_build:
    commands: ['echo "$CODEBUILD_BUILD_SUCCEEDING"']
"""


def test_one_shell_runs_all_phases(builds):
    build = builds.run(ALL)
    assert build["buildStatus"] == "SUCCEEDED"
    said = builds.said(build)
    assert said[:2] == ["a kept", "b kept"]
    assert said[2].endswith("/src/deeper")
    assert said[3:] == ["finally", "1"]
    assert build["exportedEnvironmentVariables"] == [
        {"name": "RESULT", "value": "one-true"},
        {"name": "ABSENT", "value": ""},
    ]
    assert list(phases(build)) == [
        *("SUBMITTED", "QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"),
        *("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"),
    ]


@pytest.mark.parametrize(
    ("command", "status"), [("false", 1), ("exit 7", 7), ("nosuchprogram", 127), ("kill -9 $$", 137), ("exec false", 1)]
)
def test_a_command_that_fails_fails_the_build_and_what_follows_still_runs(builds, command, status):
    text = f"""
    version: 0.2
    env: {{exported-variables: [V]}}
    phases:
      build:
        commands: [export V=1, '{command}', echo never]
        finally: [echo finally]
      post_build:
        commands: ['echo "succeeding $CODEBUILD_BUILD_SUCCEEDING"']
    """
    build = builds.run(text)
    assert build["buildStatus"] == "FAILED"
    assert phases(build)["BUILD"] == "FAILED"
    assert phases(build)["POST_BUILD"] == "SUCCEEDED"
    assert context(build, "BUILD") == {
        "statusCode": "COMMAND_EXECUTION_ERROR",
        "message": f"Error while executing command: {command}. Reason: exit status {status}",
    }
    assert builds.said(build)[-2:] == ["finally", "succeeding 0"]
    assert "never" not in builds.said(build)


def test_what_fails_before_the_build_ends_it(builds):
    text = "{version: 0.2, phases: {pre_build: {commands: ['false']}, build: {commands: [echo never]}}}"
    build = builds.run("# spec\n" + text)
    assert build["buildStatus"] == "FAILED"
    assert "BUILD" not in phases(build)
    assert "FINALIZING" in phases(build)


def test_a_phase_may_go_on_after_a_failure(builds):
    text = (
        "{version: 0.2, phases: {pre_build: {on-failure: CONTINUE, commands: ['false']}, build: {commands: [echo on]}}}"
    )
    build = builds.run("# spec\n" + text)
    assert builds.said(build) == ["on"]
    assert build["buildStatus"] == "SUCCEEDED"


def test_the_environment(builds, cloud):
    told = builds.commands(
        "env",
        'python3 -c \'import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])\'',
        environment={
            **ENVIRONMENT,
            "environmentVariables": [{"name": "MINE", "value": "a b"}, {"name": "OVER", "value": "1"}],
        },
        overrides={"environmentVariablesOverride": [{"name": "OVER", "value": "2"}]},
    )
    lines = builds.said(told)
    env = dict(line.split("=", 1) for line in lines if "=" in line)
    assert env["MINE"] == "a b"
    assert env["OVER"] == "2"
    assert env["CODEBUILD_BUILD_ID"] == told["id"]
    assert env["CODEBUILD_BUILD_ARN"] == told["arn"]
    assert env["CODEBUILD_BUILD_NUMBER"] == "1"
    assert env["CODEBUILD_INITIATOR"] == told["initiator"] == "operator"
    assert env["AWS_ENDPOINT_URL"] == cloud.endpoint
    assert "DOCKER_HOST" not in env
    assert f":assumed-role/builder/AWSCodeBuild-{told['id'].split(':')[1]}" in lines[-1]


def test_only_a_privileged_project_is_told_of_docker(builds, cloud):
    build = builds.commands('echo "$DOCKER_HOST"', environment={**ENVIRONMENT, "privilegedMode": True})
    assert builds.said(build) == [cloud.docker_host]


def test_pip_is_there_and_what_the_server_has_is_installed(builds):
    build = builds.commands("python3 -m pip install 'boto3>=1.40'", "pip --version")
    assert build["buildStatus"] == "SUCCEEDED"
    assert any("already satisfied: boto3" in line for line in builds.said(build))


def test_parameters_and_secrets_are_read(builds, cloud):
    cloud.client("ssm").put_parameter(Name="/a/b", Value="from ssm", Type="SecureString")
    cloud.client("secretsmanager").create_secret(Name="login", SecretString=json.dumps({"user": "me"}))
    env = {"parameter-store": {"P": "/a/b"}, "secrets-manager": {"S": "login:user", "W": "login"}}
    variable = {"name": "Q", "value": "/a/b", "type": "PARAMETER_STORE"}
    build = builds.run(
        spec('echo "$P $S $W $Q"', env=env), environment={**ENVIRONMENT, "environmentVariables": [variable]}
    )
    assert builds.said(build) == ['from ssm me {"user": "me"} from ssm']
    build = builds.run(spec("true", env={"parameter-store": {"P": "/none"}}))
    assert phases(build)["DOWNLOAD_SOURCE"] == "FAILED"
    assert "/none" in context(build, "DOWNLOAD_SOURCE")["message"]


def test_bash_when_asked_for(builds):
    build = builds.run(spec("words=(a b)", 'echo "${words[1]}"', env={"shell": "bash"}))
    assert builds.said(build) == ["b"]


def test_the_log_is_live(builds, tmp_path):
    gate = tmp_path / "gate"
    build = builds.start(spec("echo first", f"until [ -e '{gate}' ]; do sleep 0.02; done", "printf 'no newline'"))
    deadline = time.monotonic() + 10
    while "first" not in _log_so_far(builds, build):
        assert time.monotonic() < deadline
    assert builds.get(build)["currentPhase"] == "BUILD"
    gate.touch()
    build = builds.wait(build)
    assert builds.said(build) == ["first", "no newline"]
    assert build["logs"]["groupName"] == f"/aws/codebuild/{build['projectName']}"


def test_a_build_goes_on_when_its_log_is_deleted(builds, cloud, tmp_path, caplog):
    gate = tmp_path / "gate"
    build = builds.start(spec("echo first", f"until [ -e '{gate}' ]; do sleep 0.02; done", "echo second"))
    builds.wait(build, lambda _: "first" in _log_so_far(builds, build))
    cloud.client("logs").delete_log_group(logGroupName=builds.get(build)["logs"]["groupName"])
    with caplog.at_level("INFO", "rehearsal.codebuild"):
        gate.touch()
        assert builds.wait(build)["buildStatus"] == "SUCCEEDED"
    assert [record.levelname for record in caplog.records if build["id"] in record.message] == ["INFO"]


def _log_so_far(builds, build):
    found = builds.get(build)
    ready = {"PROVISIONING", "SUBMITTED", "QUEUED"}.isdisjoint({found["currentPhase"]})
    return builds.log(found) if ready else []


def test_a_build_can_be_stopped_with_all_that_it_started(builds, client, tmp_path):
    note = tmp_path / "pid"
    build = builds.start(spec(f"sleep 60 & echo $! > '{note}'; wait"))
    builds.wait(build, lambda _: note.exists() and note.read_text())
    told = client.stop_build(id=build["id"])["build"]
    assert told["buildStatus"] == "STOPPED"
    assert phases(told)["BUILD"] == "STOPPED"
    assert processes.look_up(int(note.read_text())) is None or processes.look_up(int(note.read_text())).ended


def test_a_build_that_takes_too_long_is_ended(builds, monkeypatch):
    monkeypatch.setattr(runner, "MINUTE", 0.5)
    build = builds.commands("sleep 60", timeoutInMinutes=5)
    assert build["buildStatus"] == "TIMED_OUT"
    assert phases(build)["BUILD"] == "TIMED_OUT"


def test_what_a_command_leaves_running_does_not_hold_up_the_build(builds):
    started = time.monotonic()
    build = builds.commands("sleep 120 &", "echo done")
    assert builds.said(build) == ["done"]
    assert time.monotonic() - started < 60


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{version: 0.1, phases: {}}", "version 0.2"),
        ("{version: 0.2, phases: {}}", "At least one phase"),
        ("{version: 0.2, fazes: {}}", "Unknown key fazes"),
        ("{version: 0.2, phases: {build: {commands: [{a: b}]}}}", "string type"),
        ("{version: 0.2, reports: {x: {}}, phases: {build: {commands: [a]}}}", "reports"),
        ("{version: 0.2, phases: {build: {on-failure: RETRY, commands: [a]}}}", "RETRY"),
        ("{version: 0.2, env: {shell: fish}, phases: {build: {commands: [a]}}}", "fish"),
        ("{version: [", "YAML location"),
    ],
)
def test_a_bad_buildspec_fails_the_build_with_the_reason(builds, text, message):
    build = builds.run("# spec\n" + text)
    assert context(build, "DOWNLOAD_SOURCE")["statusCode"] == "YAML_FILE_ERROR"
    assert message in context(build, "DOWNLOAD_SOURCE")["message"]
