import json
import subprocess
import sys
import time
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from rehearsal.warden import processes
from tests.rehearsal.codebuild.conftest import ENVIRONMENT, spec
from tests.support.engines import trust

ROOT = Path(__file__).resolve().parents[3]
ROLE = "arn:aws:iam::123456789012:role/r"


def test_a_project_is_described_changed_and_deleted(builds, client):
    name = builds.project(spec("true"), description="first")
    client.update_project(name=name, timeoutInMinutes=7)
    told = client.batch_get_projects(names=[name, "none"])
    (project,) = told["projects"]
    assert told["projectsNotFound"] == ["none"]
    assert (project["description"], project["timeoutInMinutes"]) == ("first", 7)
    assert project["arn"].endswith(f":project/{name}")
    assert name in client.list_projects()["projects"]
    client.delete_project(name=name)
    with pytest.raises(ClientError, match="Project cannot be found"):
        client.start_build(projectName=name)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"source": {"type": "BITBUCKET", "location": "x"}}, "the source type BITBUCKET"),
        ({"badgeEnabled": True}, "build badges"),
        ({"environment": {**ENVIRONMENT, "type": "WINDOWS_CONTAINER"}}, "WINDOWS_CONTAINER"),
        ({"buildBatchConfig": {"serviceRole": ROLE}}, "buildBatchConfig"),
        ({"logsConfig": {"s3Logs": {"status": "ENABLED", "location": "b"}}}, "logs in S3"),
    ],
)
def test_what_cannot_be_built_is_refused(builds, settings, text):
    with pytest.raises(ClientError, match=text):
        builds.project(spec("true"), **settings)


def test_the_role_has_to_trust_codebuild(builds, client, cloud):
    iam = cloud.client("iam")
    role = iam.create_role(RoleName="stranger", AssumeRolePolicyDocument=trust("lambda"))["Role"]["Arn"]
    with pytest.raises(ClientError, match=f"not authorized to perform: sts:AssumeRole on {role}"):
        builds.project(spec("true"), serviceRole=role)
    policy = json.loads(trust("codebuild"))
    policy["Statement"][0]["Condition"] = {"ArnLike": {"aws:SourceArn": "arn:aws:codebuild:*:*:project/mine-*"}}
    iam.update_assume_role_policy(RoleName="stranger", PolicyDocument=json.dumps(policy))
    with pytest.raises(ClientError, match=f"not authorized to perform: sts:AssumeRole on {role}"):
        builds.project(spec("true"), serviceRole=role)
    name = builds.project(spec("true"), name="mine-1", serviceRole=role)
    assert builds.wait(client.start_build(projectName=name)["build"])["buildStatus"] == "SUCCEEDED"
    iam.update_assume_role_policy(RoleName="stranger", PolicyDocument=trust("lambda"))
    build = builds.wait(client.start_build(projectName=name)["build"])
    (phase,) = [each for each in build["phases"] if each.get("phaseStatus") == "FAILED"]
    assert phase["phaseType"] == "PROVISIONING"
    assert "codebuild.amazonaws.com is not authorized to perform: sts:AssumeRole" in phase["contexts"][0]["message"]


def test_operations_and_parameters_that_are_left_out_are_named(client, builds):
    with pytest.raises(ClientError, match="StartBuildBatch"):
        client.start_build_batch(projectName="x")
    with pytest.raises(ClientError, match="debugSessionEnabled"):
        client.start_build(projectName=builds.project(spec("true")), debugSessionEnabled=True)
    pipeline = {"type": "CODEPIPELINE"}
    with pytest.raises(ClientError, match="started by a pipeline"):
        builds.start(source=pipeline, artifacts=pipeline)


def test_builds_are_listed_newest_first(builds, client):
    name = builds.project(spec("true"))
    ids = [client.start_build(projectName=name)["build"]["id"] for _ in range(2)]
    assert client.list_builds_for_project(projectName=name)["ids"] == ids[::-1]
    assert client.list_builds_for_project(projectName=name, sortOrder="ASCENDING")["ids"] == ids
    done = [builds.wait({"id": each}) for each in ids]
    assert [build["buildNumber"] for build in done] == [1, 2]
    assert client.batch_get_builds(ids=["a:b"])["buildsNotFound"] == ["a:b"]


def test_one_token_starts_one_build(builds, client):
    name = builds.project(spec("true"))
    started = [client.start_build(projectName=name, idempotencyToken="t" * 10)["build"]["id"] for _ in range(2)]
    assert started[0] == started[1]
    builds.wait({"id": started[0]})


def test_a_build_can_be_run_again(builds, client):
    first = builds.run(spec("echo $X"), overrides={"environmentVariablesOverride": [{"name": "X", "value": "5"}]})
    again = builds.wait(client.retry_build(id=first["id"])["build"])
    assert builds.said(again) == ["5"]


def test_builds_at_the_same_time_are_limited(builds, client, tmp_path):
    name = builds.project(spec(f"until [ -e '{tmp_path}/go' ]; do sleep 0.02; done"), concurrentBuildLimit=1)
    build = client.start_build(projectName=name)["build"]
    with pytest.raises(ClientError, match="AccountLimitExceeded"):
        client.start_build(projectName=name)
    (tmp_path / "go").touch()
    builds.wait(build)


def test_whoever_starts_a_build_is_named(builds, cloud, role):
    name = builds.project(spec("true"))
    keys = cloud.credentials(role, "somebody")
    other = boto3.client("codebuild", region_name="eu-west-1", endpoint_url=cloud.endpoint, **keys)
    build = other.start_build(projectName=name)["build"]
    assert build["initiator"] == "builder/somebody"
    builds.wait(build)


def test_its_states_are_events(builds, cloud):
    sqs, events = cloud.client("sqs"), cloud.client("events")
    queue = sqs.create_queue(QueueName="states")["QueueUrl"]
    arn = "arn:aws:sqs:eu-west-1:123456789012:states"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [allow]})})
    project = builds.project(spec("false"))
    pattern = {"source": ["aws.codebuild"], "detail": {"project-name": [project]}}
    events.put_rule(Name="states", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="states", Targets=[{"Id": "q", "Arn": arn}])
    builds.wait(builds.client.start_build(projectName=project)["build"])
    assert cloud.bus.settled(60)
    told = [
        json.loads(each["Body"]) for each in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    assert [event["detail"]["build-status"] for event in told] == ["IN_PROGRESS", "FAILED"]
    assert told[1]["detail"]["additional-information"]["build-complete"] is True
    events.remove_targets(Rule="states", Ids=["q"])
    events.delete_rule(Name="states")


MAIN = """
import sys, time
from pathlib import Path
from rehearsal import codebuild, eventbus
from rehearsal.cloud import Cloud
from rehearsal.warden.handle import Warden
from tests.support.engines import serve, trust
cloud = Cloud("eu-west-1", Path(sys.argv[1]))
cloud.warden = Warden(grace=0.5)
eventbus.install(cloud); codebuild.install(cloud)
serve(cloud)
role = cloud.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=trust("codebuild"))["Role"]["Arn"]
client = cloud.client("codebuild")
client.create_project(name="p1", serviceRole=role, artifacts={"type": "NO_ARTIFACTS"},
    environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
    source={"type": "NO_SOURCE", "buildspec": sys.argv[2]})
client.start_build(projectName="p1")
print("started", flush=True)
time.sleep(60)
"""


def test_a_killed_server_takes_its_builds_along(tmp_path):
    note = tmp_path / "pids"
    text = spec(f"sleep 60 & echo $! $$ > '{note}'; wait")
    command = [sys.executable, "-c", MAIN, str(tmp_path / "state"), text]
    main = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT, text=True, start_new_session=True)
    try:
        assert main.stdout.readline() == "started\n"
        soon(lambda: note.exists() and len(note.read_text().split()) == 2)
    finally:
        main.kill()
        main.communicate()
    soon(lambda: not any(runs(int(pid)) for pid in note.read_text().split()))


def runs(pid):
    found = processes.look_up(pid)
    return found is not None and not found.ended


def soon(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
