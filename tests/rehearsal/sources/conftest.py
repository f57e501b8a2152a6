import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from rehearsal import eventbus, sources
from rehearsal.cloud import Cloud
from rehearsal.sources.repositories import Repositories
from tests.support.engines import served


@pytest.fixture(scope="module")
def cloud(tmp_path_factory):
    # Nothing may break at a space or a quote in a path.
    cloud = Cloud("eu-west-1", tmp_path_factory.mktemp("it's a state"))
    eventbus.install(cloud)
    sources.install(cloud)
    with served(cloud):
        sources.start(cloud)
        yield cloud
        sources.stop()
        eventbus.stop(cloud)


@pytest.fixture
def repositories(cloud):
    return Repositories(cloud.state)


class Clone:
    """Somebody's working copy."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments):
        who = ["-c", "user.name=A Person", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        # Whoever runs these tests from within a hook must not push elsewhere.
        env = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", "-C", str(self.folder), *who, *arguments], capture_output=True, text=True, check=False, env=env
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip() + done.stderr

    def commit(self, message="a commit", **files):
        for name, text in files.items():
            path = self.folder / name.replace("__", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()


@pytest.fixture
def clone(tmp_path):
    return Clone(tmp_path / "clone")


@pytest.fixture
def listener():
    """A server that takes note of what hooks tell."""
    told = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.append((self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    server.told = told
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def events(cloud):
    """What a rule for everything hears."""
    sqs, rules = cloud.client("sqs"), cloud.client("events")
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = "arn:aws:sqs:eu-west-1:123456789012:heard"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [allow]})})
    rules.put_rule(Name="heard", EventPattern=json.dumps({"source": [{"prefix": "aws."}]}))
    rules.put_targets(Rule="heard", Targets=[{"Id": "q", "Arn": arn}])

    def heard():
        assert cloud.bus.settled(60)
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(each["Body"]) for each in found]

    yield heard
    rules.remove_targets(Rule="heard", Ids=["q"])
    rules.delete_rule(Name="heard")
    sqs.delete_queue(QueueUrl=queue)
