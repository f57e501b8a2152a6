"""`python -m rehearsal`, started as a user starts it and ended with the test."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from tests.support.project import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class LocalAws:
    """A running local AWS, and how clients reach it."""

    def __init__(self, process: subprocess.Popen[str], facts: dict[str, Any]) -> None:
        """Take what it said when it was ready."""
        self.process = process
        self.facts = facts
        self.endpoint: str = facts["endpoint"]
        self.environment: dict[str, str] = facts["environment"]

    def client(self, service: str) -> Any:
        """Return a client that asks once."""
        given = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        settings = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        make: Any = boto3.client
        return make(service, self.facts["region"], endpoint_url=self.endpoint, config=settings, **given)

    def fetch(self, path: str, told: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of what the server itself answers."""
        data = None if told is None else json.dumps(told).encode()
        sent = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"{self.endpoint}/_rehearsal/{path}", data, sent)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()


@contextmanager
def local_aws(*arguments: str) -> Iterator[LocalAws]:
    """Run one with the embedded engine; it must end well."""
    command = [sys.executable, "-m", "rehearsal", "--json", "--engine", "embedded", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield LocalAws(process, json.loads(process.stdout.readline()))
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
    assert process.returncode == 0


def eventually(look: Callable[[], Any], seconds: float = 60) -> Any:
    """Return what the look finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"nothing found within {seconds} s"
        time.sleep(0.05)
    return found
