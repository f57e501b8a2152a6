"""Rehearsals as a user starts them, and whatever they might leave behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENOUGH = 240
MARK = "REHEARSALS_OF_A_TEST"
# How the releases of the story end.
OUTCOMES = {
    "v1": "live",
    "v2": "live",
    "v3": "stopped before the approval",
    "v1 again": "live",
    "v4": "live",
    "v5": "rejected",
}


class Rehearsals:
    """Starts `rehearse`; its processes carry a mark, and its files lie in a folder of its own."""

    def __enter__(self):
        """Prepare a folder with a short name, as sockets need one."""
        self.mark = uuid.uuid4().hex
        self.folder = Path(tempfile.mkdtemp(prefix="r"))
        return self

    def __exit__(self, *unused):
        """Leave nothing, even where a test found something left."""
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder)

    def run(self, *options, **variables):
        """Run it to its end, with no terminal anywhere."""
        return subprocess.run(
            self.command(options),
            env=self.environment(variables),
            cwd=self.folder.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ENOUGH,
            check=False,
        )

    def start(self, *options, **variables):
        """Run it with pipes, and do not wait; what it says comes on one stream."""
        return subprocess.Popen(
            self.command(options),
            env=self.environment(variables),
            cwd=self.folder.parent,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def command(self, options):
        """Return the command."""
        return [sys.executable, "-P", "-m", "pipeline", "rehearse", *map(str, options)]

    def environment(self, variables):
        """Return its environment; the mark is inherited by all that it starts."""
        own = {MARK: self.mark, "TMPDIR": str(self.folder), "PYTHONPATH": str(ROOT), "AWS_PROFILE": "nobody"}
        return {**os.environ, **own, **variables}

    def processes(self):
        """Return the processes that carry the mark."""
        found = []
        for each in Path("/proc").glob("[0-9]*/environ"):
            try:
                variables = each.read_bytes().split(b"\0")
            except OSError:
                continue
            if f"{MARK}={self.mark}".encode() in variables:
                found.append(int(each.parent.name))
        return found

    def left(self, within=0.0):
        """Return which processes and folders are left, waiting so long until nothing is."""
        deadline = time.monotonic() + within
        while True:
            left = [*self.processes(), *(path.name for path in self.folder.iterdir())]
            if not left or time.monotonic() >= deadline:
                return left
            time.sleep(0.05)


class Shop:
    """Somebody's own repository: one commit, an image of one file."""

    def __init__(self, folder):
        self.folder = folder

    def begin(self, dockerfile="FROM scratch\nCOPY index.html /srv/\n"):
        """Make the repository."""
        self.folder.mkdir()
        (self.folder / "index.html").write_text("hello\n")
        if dockerfile:
            (self.folder / "Dockerfile").write_text(dockerfile)
        self.git("init", "--quiet", "--initial-branch=main")
        return self

    def settings(self, text):
        """Write the release.toml and commit everything."""
        (self.folder / "release.toml").write_text(text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Everything")

    def git(self, *arguments):
        """Run git there."""
        person = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **person, "GIT_CONFIG_GLOBAL": os.devnull},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@pytest.fixture
def rehearsals():
    with Rehearsals() as made:
        yield made


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path / "shop").begin()
