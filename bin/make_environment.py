"""Makes the environments that `bin/environment` found missing or stale, side by side, each under its own lock.

Called as `make_environment.py FOLDER DESCRIPTION [FOLDER DESCRIPTION ...]`. A description is what the finished folder's
`made-from` must say; its last word is the lock to install from. Only the standard library of the machine's Python is
here, since this runs before there is an environment.
"""

import ensurepip
import fcntl
import math
import signal
import subprocess
import sys
import sysconfig
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zipfile import ZipFile

# Wheels alone: building a source distribution would fetch its build requirements, which no lock covers.
INSTALL = "install --no-user --no-deps --require-hashes --only-binary :all: --no-input --progress-bar off"
# Byte code is written when a module is first imported; compiling all of it here takes a third of the whole time.
QUICKLY = "--no-compile --disable-pip-version-check"
SECONDS_BETWEEN_LINES = 3.0
LINES_OF_EVIDENCE = 15


class InstallationError(Exception):
    """The environment could not be made; the message says why."""


def bundled_pip() -> Path:
    """Find the wheel of pip that Python carries."""
    folders = [sysconfig.get_config_var("WHEEL_PKG_DIR"), Path(ensurepip.__file__).parent / "_bundled"]
    wheels = [wheel for folder in folders if folder for wheel in sorted(Path(folder).glob("pip-*.whl"))]
    if not wheels:
        message = f"{sys.executable} carries no pip: PYTHON=/path/to/python names another Python"
        raise InstallationError(message)
    return wheels[0]


@dataclass(frozen=True)
class Environment:
    """One environment: where it stands and what it is to be made from."""

    folder: Path
    description: str

    @property
    def lock(self) -> Path:
        """The lock file to install from."""
        return self.folder.parent / self.description.split()[-1]

    @property
    def python(self) -> Path:
        """The interpreter of the environment."""
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        """The file that says what the finished environment was made from."""
        return self.folder / "made-from"

    def made_from(self) -> str:
        """What the stamp says; nothing when there is none."""
        return self.stamp.read_text() if self.stamp.exists() else ""

    def say(self, words: str) -> None:
        """Report progress to the person waiting."""
        print(f"flipside: {self.folder.name}: {words}", file=sys.stderr, flush=True)

    def make(self) -> None:
        """Make the environment, unless somebody else has just done so."""
        with self._alone() as held:
            before = self.made_from()
            if before.startswith(self.description) and self.python.exists():
                return
            started = time.monotonic()
            self.stamp.unlink(missing_ok=True)
            # Only more is asked for: what is there stays, because a running command may be using it.
            if not (before and self.description.startswith(before)):
                self._begin(held, stale=bool(before))
            self._install(held)
            self._finish()
            self.say(f"ready after {time.monotonic() - started:.0f} s")

    @contextmanager
    def _alone(self) -> Iterator[IO[str]]:
        """Hold the folder's lock, which the kernel releases however this process ends."""
        with self.folder.with_name(f"{self.folder.name}.lock").open("a") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.say("another command is making it; waiting")
                fcntl.flock(held, fcntl.LOCK_EX)
            yield held

    def _begin(self, held: IO[str], *, stale: bool) -> None:
        version = ".".join(map(str, sys.version_info[:3]))
        self.say(f"{'making it again, what it was made from has changed' if stale else 'making it'} (Python {version})")
        self._run(held, sys.executable, "-I", "-m", "venv", "--without-pip", "--clear", str(self.folder))
        # What ensurepip would do, in a tenth of its time: pip is one wheel, and unpacking it installs it.
        with ZipFile(bundled_pip()) as wheel:
            wheel.extractall(next(self.folder.glob("lib/python*/site-packages")))

    def _install(self, held: IO[str]) -> None:
        self._run(
            held,
            str(self.python),
            "-I",
            "-u",
            "-m",
            "pip",
            *INSTALL.split(),
            *QUICKLY.split(),
            "--requirement",
            str(self.lock),
        )

    def _run(self, held: IO[str], *command: str) -> None:
        """Run one step; it inherits the lock, so an orphan of a killed process still keeps others out."""
        with subprocess.Popen(  # noqa: S603 - every word of the command is ours
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            pass_fds=(held.fileno(),),
        ) as step:
            last_lines = self._follow(step)
        if step.returncode != 0:
            sys.stderr.writelines(last_lines)
            message = f"{self.folder.name} could not be made from {self.lock.name}; the reason is above"
            raise InstallationError(message)

    def _follow(self, step: subprocess.Popen[str]) -> deque[str]:
        last_lines: deque[str] = deque(maxlen=LINES_OF_EVIDENCE)
        fetched = 0
        spoke = time.monotonic()
        for line in step.stdout or ():
            if not line.startswith("WARNING:"):
                last_lines.append(line)
            fetched += line.startswith("Collecting ")
            if line.startswith("Installing collected packages"):
                self.say(f"installing {line.count(',') + 1} packages")
                spoke = math.inf
            elif time.monotonic() - spoke > SECONDS_BETWEEN_LINES:
                self.say(f"{fetched} packages fetched")
                spoke = time.monotonic()
        return last_lines

    def _finish(self) -> None:
        # Renamed into place: a stamp that is cut short would be taken for a smaller environment's.
        draft = self.stamp.with_suffix(".draft")
        draft.write_text(f"{self.description}\n")
        draft.replace(self.stamp)


def main(arguments: list[str]) -> int:
    """Make every environment named in the arguments; 1 when one of them fails."""
    wanted = [Environment(Path(folder), text) for folder, text in zip(arguments[::2], arguments[1::2], strict=True)]
    with ThreadPoolExecutor(len(wanted)) as pool:
        outcomes = [pool.submit(environment.make) for environment in wanted]
    failures = [failure for outcome in outcomes if (failure := outcome.exception())]
    for failure in failures:
        if not isinstance(failure, InstallationError | OSError):
            raise failure
        print(f"flipside: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    # A thread that waits for a lock would not notice KeyboardInterrupt.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
