import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[2]

# A build that is waited for holds everything up for ten seconds.
HELD_UP = 8
ENDLESS = {"version": 0.2, "phases": {"build": {"commands": ["while true; do echo busy; sleep 0.02; done"]}}}


class Running:
    """The command as a user runs it."""

    def __init__(self, *arguments):
        command = [sys.executable, "-m", "rehearsal", "--json", "--engine", "embedded", *map(str, arguments)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        told = self.process.stdout.readline()
        self.facts = json.loads(told) if told else {}

    def client(self, service):
        credentials = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        settings = Config(retries={"total_max_attempts": 1})
        endpoint = self.facts["endpoint"]
        return boto3.client(service, self.facts["region"], endpoint_url=endpoint, config=settings, **credentials)

    def ask(self, path, told=None, **headers):
        data = json.dumps(told).encode() if told is not None else None
        headers = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(f"{self.facts['endpoint']}/_rehearsal/{path}", data, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        return self.process.returncode, errors


@pytest.fixture
def run():
    started = []

    def start(*arguments):
        started.append(Running(*arguments))
        return started[-1]

    yield start
    for each in started:
        each.end(signal.SIGKILL)


def children(pid):
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(each) for each in found.stdout.split()]


def test_a_region_that_aws_does_not_have_is_refused(run):
    server = run("--region", "eu-wets-1")
    code, errors = server.end()

    assert code == 2
    assert "AWS has no region 'eu-wets-1'; give one such as eu-west-1 with --region." in errors


def test_a_build_that_runs_holds_nothing_up(run):
    server = run()
    trust = {"Effect": "Allow", "Principal": {"Service": "codebuild.amazonaws.com"}, "Action": "sts:AssumeRole"}
    anything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam = server.client("iam")
    role = iam.create_role(
        RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(anything))
    builds = server.client("codebuild")
    builds.create_project(
        name="p1",
        serviceRole=role["Role"]["Arn"],
        artifacts={"type": "NO_ARTIFACTS"},
        environment={"type": "LINUX_CONTAINER", "image": "x", "computeType": "BUILD_GENERAL1_SMALL"},
        source={"type": "NO_SOURCE", "buildspec": json.dumps(ENDLESS)},
    )
    build = builds.start_build(projectName="p1")["build"]["id"]
    deadline = time.monotonic() + 30
    while (now := builds.batch_get_builds(ids=[build])["builds"][0])["currentPhase"] != "BUILD":
        assert time.monotonic() < deadline, now
        time.sleep(0.05)
    began = time.monotonic()
    code, errors = server.end()

    assert (code, errors) == (0, "")
    assert time.monotonic() - began < HELD_UP


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_nothing_is_left_behind(run, number):
    server = run()
    started = children(server.process.pid)
    assert len(started) >= 3
    assert server.client("sts").get_caller_identity()["Account"] == "123456789012"
    assert server.end(number)[0] == 0
    assert not Path(server.facts["state"]).exists()
    assert not any(Path(f"/proc/{pid}").exists() for pid in started)


def test_a_kill_that_nobody_can_catch_leaves_nothing_either(run):
    server = run()
    left = [Path(f"/proc/{pid}") for pid in children(server.process.pid)] + [Path(server.facts["state"])]
    server.end(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while any(each.exists() for each in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [each for each in left if each.exists()] == []


def test_two_at_once_and_a_folder_that_is_kept(run, tmp_path):
    first, second = run("--state", tmp_path / "state"), run()
    path = first.ask("repositories", {"name": "team/app"})["path"]
    assert Path(path).is_dir()
    assert second.ask("repositories") == {}
    assert first.facts["endpoint"] != second.facts["endpoint"]
    refused = run("--state", tmp_path / "state").end()
    assert refused[0] == 2
    assert f"is in use by process {first.process.pid}" in refused[1]
    assert first.end()[0] == 0
    assert run("--state", tmp_path / "state").ask("repositories") == {"team/app": path}


def pushed(ecr):
    """Push the smallest image that there can be."""
    digest = f"sha256:{hashlib.sha256(b'{}').hexdigest()}"
    upload = ecr.initiate_layer_upload(repositoryName="shop")["uploadId"]
    part = {"partFirstByte": 0, "partLastByte": 1, "layerPartBlob": b"{}"}
    ecr.upload_layer_part(repositoryName="shop", uploadId=upload, **part)
    ecr.complete_layer_upload(repositoryName="shop", uploadId=upload, layerDigests=[digest])
    kind = "application/vnd.oci.image.{}.v1+json"
    config = {"mediaType": kind.format("config"), "digest": digest, "size": 2}
    manifest = {"schemaVersion": 2, "mediaType": kind.format("manifest"), "config": config, "layers": []}
    ecr.put_image(repositoryName="shop", imageManifest=json.dumps(manifest), imageTag="v1")


def test_a_folder_keeps_repositories_and_images_and_nothing_else(run, tmp_path):
    server = run("--state", tmp_path / "state")
    server.client("codecommit").create_repository(repositoryName="shop")
    server.client("ecr").create_repository(repositoryName="shop")
    server.client("ecs").create_cluster(clusterName="shop")
    server.client("s3").create_bucket(Bucket="shop-artifacts")
    pushed(server.client("ecr"))
    known = server.ask("repositories")
    status, errors = server.end()
    assert (status, "not cleaned up" in errors) == (0, False), errors

    again = run("--state", tmp_path / "state")
    ecr = again.client("ecr")
    assert again.ask("repositories") == known
    assert again.client("codecommit").list_repositories()["repositories"] == []
    assert again.client("ecs").list_clusters()["clusterArns"] == []
    assert again.client("s3").list_buckets()["Buckets"] == []
    assert ecr.describe_repositories()["repositories"] == []
    ecr.create_repository(repositoryName="shop")
    assert [one["imageTags"] for one in ecr.describe_images(repositoryName="shop")["imageDetails"]] == [["v1"]]


def test_mistakes_are_answered_in_a_sentence(run, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    status, errors = run("--state", tmp_path).end()
    assert (status, "holds something else (mine.txt)" in errors) == (2, True), errors
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, errors = run("--port", port).end()
    assert (status, f"Port {port} cannot be used (Address already in use)" in errors) == (2, True), errors


def test_what_is_not_implemented_says_so_once(run):
    codebuild = run().client("cloudwatch")
    with pytest.raises(codebuild.exceptions.ClientError, match="DescribeAnomalyDetectors is not implemented") as caught:
        codebuild.describe_anomaly_detectors()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_the_control_endpoint(run):
    server = run("--no-iam", "--region", "eu-central-1")
    status = server.ask("status")
    assert (status["region"], status["permissions"], status["engine"]) == ("eu-central-1", False, "embedded")
    for path, told, headers, code in [
        ("nowhere", None, {}, 404),
        ("pushed", {"repository": "x"}, {}, 400),
        ("repositories", {}, {}, 400),
        ("repositories", {"name": "a"}, {"Content-Type": "text/plain"}, 400),
        ("repositories", {"name": "a"}, {"Origin": "http://elsewhere.example"}, 403),
        ("audit", None, {}, 404),
    ]:
        with pytest.raises(urllib.error.HTTPError) as caught:
            server.ask(path, told, **headers)
        assert caught.value.code == code
        assert json.load(caught.value)["error"]
        caught.value.close()
    server.ask("pushed", {"repository": "unknown", "updates": []})
    assert os.path.lexists(status["docker_host"].removeprefix("unix://"))
