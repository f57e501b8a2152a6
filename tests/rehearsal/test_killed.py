"""Tasks end with the server that started them, however it ends, whichever engine runs their containers."""

import gc
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
from contextlib import closing, contextmanager
from pathlib import Path

import docker
import pytest

from rehearsal.engine.handle import EmbeddedEngine
from rehearsal.warden.handle import Warden
from tests.support.local_aws import LocalAws, eventually
from tests.support.project import ROOT

IMAGE = "sleeper:1"
# Longer than any test takes, and found again by it.
SLEEP = "98765"


@pytest.fixture
def elsewhere(tmp_path):
    """An engine that nobody started for the server: it outlives it, as Docker does."""
    warden = Warden(grace=0.5)
    engine = EmbeddedEngine(warden, tmp_path / "engine")
    yield engine.docker_host
    engine.stop()
    assert warden.stop() == []


@contextmanager
def serving(kind, docker_host):
    command = [sys.executable, "-m", "rehearsal", "--json", "--engine", kind]
    environment = {**os.environ, **({"DOCKER_HOST": docker_host} if docker_host else {})}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield LocalAws(process, json.loads(process.stdout.readline()))
        finally:
            process.kill()


@contextmanager
def engine_of(cloud):
    with closing(docker.DockerClient(cloud.facts["docker_host"])) as client:
        yield client
    gc.collect()


def build(cloud):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        text = f'FROM scratch\nCMD ["sleep", "{SLEEP}"]\n'.encode()
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    packed.seek(0)
    with engine_of(cloud) as client:
        client.images.build(fileobj=packed, custom_context=True, tag=IMAGE, rm=True)


def run(cloud, count):
    """Start tasks and return them once they run."""
    ecs, subnets = cloud.client("ecs"), cloud.client("ec2").describe_subnets()["Subnets"]
    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(
        family="sleeper",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "sleeper", "image": IMAGE}],
    )
    network = {"awsvpcConfiguration": {"subnets": [subnets[0]["SubnetId"]]}}
    where = {"cluster": "main", "taskDefinition": "sleeper", "launchType": "FARGATE", "networkConfiguration": network}
    arns = [each["taskArn"] for each in ecs.run_task(**where, count=count)["tasks"]]

    def running():
        found = ecs.describe_tasks(cluster="main", tasks=arns)["tasks"]
        assert "STOPPED" not in {each["lastStatus"] for each in found}, found
        return {each["lastStatus"] for each in found} == {"RUNNING"} and found

    return eventually(running, 60)


def sleepers():
    """Return the processes that sleep for that long."""
    found = set()
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if words[0].endswith(b"sleep") and SLEEP.encode() in words:
            found.add(each.parent.name)
    return found


@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("kind", ["embedded", "docker"])
def test_no_container_is_left(kind, blow, request):
    docker_host = request.getfixturevalue("elsewhere") if kind == "docker" else ""
    before = sleepers()
    with serving(kind, docker_host) as cloud:
        assert cloud.facts["engine"] == kind
        build(cloud)
        run(cloud, 3)
        assert len(eventually(lambda: len(sleepers() - before) == 3 and sleepers() - before)) == 3
        cloud.process.send_signal(blow)
        cloud.process.wait(60)
        eventually(lambda: not sleepers() - before, 60)
    state = Path(cloud.facts["state"])
    eventually(lambda: not state.exists())
    if docker_host:
        with closing(docker.DockerClient(docker_host)) as client:
            eventually(lambda: client.containers.list(all=True) == [])
        gc.collect()
