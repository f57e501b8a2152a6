"""A local AWS for clients, and the programs that they are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.rehearsal.clients.programs import Missing, aws_command, javascript_sdk
from tests.support.local_aws import local_aws


@pytest.fixture(scope="module")
def cloud():
    with local_aws() as running:
        yield running


@pytest.fixture(scope="module")
def environment(cloud, tmp_path_factory):
    """What the server says to export, and nothing that this machine's user has set up for AWS."""
    home = tmp_path_factory.mktemp("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # A home of its own hides the user's settings; the user's tools are found through these.
    tools = {"PYENV_ROOT": os.environ.get("PYENV_ROOT", str(Path.home() / ".pyenv"))}
    identity = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@localhost", "GIT_CONFIG_NOSYSTEM": "1"}
    committer = {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@localhost"}
    return {**tools, **kept, **identity, **committer, **cloud.environment, "HOME": str(home), "AWS_PAGER": ""}


@pytest.fixture(scope="module")
def run(environment):
    """Run a program, which must succeed, and return what it writes."""

    def program(*command, told=None, folder=None):
        done = subprocess.run(
            [str(word) for word in command],
            env=environment,
            input=told,
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return program


@pytest.fixture(scope="module")
def aws(run):
    """The AWS command line: JSON is returned as what it says."""
    try:
        command = aws_command()
    except Missing as missing:
        pytest.skip(str(missing))

    def call(*arguments, told=None):
        said = run(command, *arguments, told=told)
        return json.loads(said) if said.startswith(("{", "[")) else said

    return call


@pytest.fixture(scope="session")
def javascript():
    """A folder in which node finds the AWS SDK."""
    try:
        return javascript_sdk()
    except Missing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def curl(run):
    program = shutil.which("curl")
    if program is None:
        pytest.skip("curl is not installed")

    def fetch(*arguments):
        return run(program, "--silent", "--show-error", "--max-time", 20, *arguments)

    return fetch
