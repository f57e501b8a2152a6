"""The local AWS: a process of its own, started, asked and ended."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import boto3
import botocore.session
from botocore.config import Config

from pipeline.errors import UserMistake
from traffic.errors import FlipsideError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_codepipeline import CodePipelineClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

ROOT = Path(__file__).parents[2]
# What a local AWS answers is near: no proxy, and no long waiting for what will not come.
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=5, read_timeout=60, proxies={})
UNCONFIGURED: dict[str, Any] = {
    "profile": (None, [], None, None),
    "config_file": (None, [], os.devnull, None),
    "credentials_file": (None, [], os.devnull, None),
}
LINES_KEPT = 200
PATIENCE = 30.0
# What a warden takes to clean up, and how often we look.
AFTERMATH, PAUSE = 5.0, 0.05
MISTAKE = 2
# So the local AWS begins what it says of itself.
PREFIX = "rehearsal: "


class Place(NamedTuple):
    """Where a listener is really reached."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The address for people."""
        return f"http://{self.host}:{self.port}"


class Cloud:
    """A local AWS that runs, and ends with us."""

    def __init__(self, engine: str = "auto", port: int = 0, region: str = "us-east-1") -> None:
        """Start it and wait until it answers."""
        options = ("--json", "--until-stdin-closes", "--engine", engine, "--port", str(port), "--region", region)
        self._said: deque[str] = deque(maxlen=LINES_KEPT)
        self._process = subprocess.Popen(  # noqa: S603 - this very checkout
            [sys.executable, "-P", "-m", "rehearsal", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=surroundings({}),
            # A Ctrl-C is ours to answer: we end it when we are done with it.
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, name="rehearsal", daemon=True)
        self._listener.start()
        try:
            self.facts = self._ready()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Cloud":
        """Use it."""
        return self

    def __exit__(self, *unused: object) -> None:
        """End it."""
        self.close()

    @property
    def endpoint(self) -> str:
        """Where it is reached."""
        return str(self.facts["endpoint"])

    @property
    def engine(self) -> str:
        """What runs the containers: docker or embedded."""
        return str(self.facts["engine"])

    @property
    def environment(self) -> dict[str, str]:
        """What points any client at it."""
        return dict(self.facts["environment"])

    @property
    def region(self) -> str:
        """Its region."""
        return str(self.facts["region"])

    @property
    def folder(self) -> Path:
        """A folder for what we need meanwhile; it is removed with the cloud, even if we are killed."""
        return Path(self.facts["state"])

    @property
    def surroundings(self) -> dict[str, str]:
        """The environment of a program that is to talk to this cloud and no other."""
        return surroundings(self.environment)

    @cached_property
    def codepipeline(self) -> "CodePipelineClient":
        """AWS CodePipeline."""
        return cast("CodePipelineClient", self.client("codepipeline"))

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        """AWS CloudFormation."""
        return cast("CloudFormationClient", self.client("cloudformation"))

    @cached_property
    def elbv2(self) -> "ElasticLoadBalancingv2Client":
        """Elastic Load Balancing."""
        return cast("ElasticLoadBalancingv2Client", self.client("elbv2"))

    def client(self, service: Any) -> Any:
        """Return a client of any service."""
        return self._session.client(service, endpoint_url=self.endpoint, config=CONFIG)

    @cached_property
    def _session(self) -> boto3.Session:
        given = self.environment
        return boto3.Session(
            given["AWS_ACCESS_KEY_ID"],
            given["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
            # Whatever profile is configured on this machine is for another AWS.
            botocore_session=botocore.session.Session(UNCONFIGURED),
        )

    def new_repository(self, name: str, branch: str) -> Path:
        """Make the git repository that a connection, or CodeCommit, leads to, and return where it is pushed to."""
        return Path(self._control("POST", "repositories", {"name": name, "branch": branch})["path"])

    def status(self) -> dict[str, Any]:
        """Return what the cloud says of itself."""
        told: dict[str, Any] = self._control("GET", "status")
        return told

    def denials(self) -> list[dict[str, Any]]:
        """Return every call that was denied for want of a permission."""
        told: list[dict[str, Any]] = self._control("GET", "audit?denied")
        return told

    def place(self, listener: str) -> Place | None:
        """Return where a listener is reached, or None while it is not."""
        for bound in self.status()["listeners"]:
            if bound["listener"] == listener and bound["error"]:
                raise FlipsideError(f"The listener on port {bound['requested']} cannot be opened: {bound['error']}.")
            if bound["listener"] == listener:
                return Place(bound["host"], bound["port"])
        return None

    def engine_is_gone(self) -> bool:
        """Whether the container engine that was in use no longer answers; one behind TCP is not looked at."""
        host = str(self.facts["docker_host"])
        if not host.startswith("unix://"):
            return False
        with socket.socket(socket.AF_UNIX) as knocking:
            try:
                knocking.connect(host.removeprefix("unix://"))
            except OSError:
                return True
        return False

    def insist(self) -> None:
        """Raise an error if it has ended by itself."""
        if self._process.poll() is not None:
            raise FlipsideError(f"The local AWS has ended by itself (status {self._process.returncode}). {self.said}")

    @property
    def said(self) -> str:
        """The last that it said."""
        return "\n".join(list(self._said)[-10:]) or "It said nothing."

    def close(self) -> None:
        """End it, and wait until all that it started is gone."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            # Its warden cleans up.
            self._process.kill()
            self._process.wait()
        self._clear()
        self._listener.join(PATIENCE)
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()

    def _clear(self) -> None:
        """After a crash its warden removes the folder, unless a program of ours still wrote there just then."""
        if not self._process.returncode or not hasattr(self, "facts"):
            return
        deadline = time.monotonic() + AFTERMATH
        while self.folder.exists() and time.monotonic() < deadline:
            time.sleep(PAUSE)
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _ready(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if line:
            facts: dict[str, Any] = json.loads(line)
            return facts
        code = self._process.wait(PATIENCE)
        self._listener.join(PATIENCE)
        own = [said.removeprefix(PREFIX) for said in self._said if said.startswith(PREFIX)]
        if code == MISTAKE and own:
            raise UserMistake(own[-1])
        raise FlipsideError(f"The local AWS did not start (status {code}). {self.said}")

    def _listen(self) -> None:
        for line in self._process.stderr or ():
            self._said.append(line.rstrip())

    def _control(self, method: str, path: str, told: Any = None) -> Any:
        connection = HTTPConnection(self.endpoint.removeprefix("http://"), timeout=PATIENCE)
        try:
            body = None if told is None else json.dumps(told)
            connection.request(method, f"/_rehearsal/{path}", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            found = json.loads(answer.read())
        except (OSError, HTTPException, ValueError) as error:
            self.insist()
            raise FlipsideError(f"The local AWS does not answer: {error}.") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise FlipsideError(f"The local AWS refuses {method} {path}: {found.get('error', answer.status)}.")
        return found


def surroundings(aws: dict[str, str]) -> dict[str, str]:
    """Return our environment with these settings for AWS instead of the user's own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    local = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    direct = ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1,localhost"]))
    near = {"NO_PROXY": direct, "no_proxy": direct, "AWS_EC2_METADATA_DISABLED": "true"}
    return {**inherited, **local, **near, "PYTHONPATH": str(ROOT), **aws}
