"""The command line, run as a program: its exit code, what it said, and what it asks on a real terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENOUGH = 30
# The first terminal that the leader of a session opens is the one whose Ctrl-C reaches it.
AT_THE_TERMINAL = "import os, sys; os.open(os.ttyname(0), os.O_RDWR); os.execv(sys.argv[1], sys.argv[1:])"
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Program:
    """`flipside`, in a directory of its own, with nothing of this machine's configuration in sight."""

    folder: Path
    environment: dict = field(default_factory=dict)

    def run(self, *arguments, **kept):
        """Run it to its end, with no terminal anywhere."""
        return subprocess.run(
            self._command(arguments),
            cwd=self.folder,
            env=self._surroundings(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ENOUGH,
            check=False,
            **kept,
        )

    def start(self, *arguments):
        """Run it with pipes, and do not wait."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self._command(arguments), cwd=self.folder, env=self._surroundings(), text=True, **pipes)

    def typed(self, *arguments, answers):
        """Run it on a terminal; `answers` pairs what it asks with what is typed. Returns exit code and screen."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-c", AT_THE_TERMINAL, *self._command(arguments)],
            cwd=self.folder,
            env={**self._surroundings(), "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        with os.fdopen(ours, "r+b", buffering=0) as terminal:
            screen = _converse(terminal, answers)
            screen += _rest(terminal)
        return process.wait(ENOUGH), ANSI.sub("", screen).replace("\r", "")

    def release(self, text):
        """Write the release.toml."""
        (self.folder / "release.toml").write_text(text)

    def _command(self, arguments):
        return [sys.executable, "-m", "pipeline", *map(str, arguments)]

    def _surroundings(self):
        bare = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "AWS_EC2_METADATA_DISABLED": "true",
            "COLUMNS": "160",
        }
        return {**bare, **self.environment}


@pytest.fixture
def program(tmp_path):
    return Program(tmp_path)


def interrupt(process):
    """Do what Ctrl-C does."""
    process.send_signal(signal.SIGINT)


def _converse(terminal, answers):
    screen = ""
    for question, answer in answers:
        heard = ""
        while question not in ANSI.sub("", heard):
            more = _read(terminal)
            assert more, f"waited for {question!r}; the screen ends with {(screen + heard)[-500:]!r}"
            heard += more
        screen += heard
        os.write(terminal.fileno(), answer if isinstance(answer, bytes) else f"{answer}\n".encode())
    return screen


def _rest(terminal):
    screen = ""
    while more := _read(terminal):
        screen += more
    return screen


def _read(terminal):
    ready, _, _ = select.select([terminal], [], [], ENOUGH)
    if not ready:
        return ""
    try:
        return os.read(terminal.fileno(), 4096).decode(errors="replace")
    except OSError:
        # So Linux says that the other side of the terminal has closed.
        return ""
