"""What can be found wrong before anything is started."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline import release_file
from pipeline.errors import UserMistake
from pipeline.rehearse.repository import GitError, git
from pipeline.rehearse.stories import STORIES
from pipeline.settings import Settings, parse, read

SAMPLE = """\
app = "greeter"

[source]
provider = "github"
repository = "acme/greeter"
connection_arn = "arn:aws:codeconnections:us-east-1:123456789012:connection/0f2d1c3b"

[container]
desired_count = 3

[container.health_check]
grace = {grace}
"""
# Containers take a while to start, and more so several at once; processes do not.
GRACE = {"docker": 20, "embedded": 0}
# What runs a program while an image is built, which takes a real engine.
RUNS = re.compile(r"(RUN|ONBUILD|SHELL)\s", re.IGNORECASE)


class Subject(NamedTuple):
    """What is rehearsed: whose repository (None is the sample), and with which settings."""

    origin: Path | None
    settings: Settings
    # The first line of the Dockerfile that needs a real engine, or nothing.
    needs_docker: str = ""


def subject(app: Path | None, config: Path | None, strategy: str | None) -> Subject:
    """Return what is to be rehearsed, or say what is wrong with it."""
    if not shutil.which("git"):
        raise UserMistake("git is missing: a rehearsal pushes commits with it. Install git.")
    found = _sample(config) if app is None else _own(app, config)
    named = found.settings.strategy
    if strategy and strategy != named:
        raise UserMistake(f"--strategy says {strategy!r}, but the settings say {named!r}: change it there.")
    if named not in STORIES:
        raise UserMistake(f"The strategy {named!r} cannot be rehearsed yet; {', '.join(STORIES)} can.")
    if found.settings.source.provider == "s3":
        raise UserMistake(
            "A rehearsal pushes commits with git, and the settings name an S3 object as the source. Rehearse with a "
            'copy of them that says provider = "codecommit" and names a repository; nothing else of a release differs.'
        )
    return found


def _sample(config: Path | None) -> Subject:
    return Subject(None, read(config) if config else sample("docker"))


def sample(engine: str) -> Settings:
    """Return the settings of the sample application, as they suit an engine."""
    return parse(SAMPLE.format(grace=GRACE[engine]), "the sample's settings")


def _own(app: Path, config: Path | None) -> Subject:
    if not app.is_dir():
        raise UserMistake(f"--app {app}: there is no such folder; give the path of a git repository.")
    try:
        top = Path(git(app, "rev-parse", "--show-toplevel", ours=False))
    except GitError as error:
        raise UserMistake(f"--app {app}: this is no git repository ({error}); `git init` makes one.") from None
    try:
        git(top, "rev-parse", "--verify", "--quiet", "HEAD", ours=False)
    except GitError:
        raise UserMistake(f"--app {app}: nothing is committed there yet, and commits are what is released.") from None
    path = config or release_file.nearest(app.resolve())
    if path is None:
        raise UserMistake(
            f"There is no release.toml in {app} or above it: `flipside init` writes one, --config names one."
        )
    settings = read(path)
    return Subject(top, settings, _instruction(top, settings))


def _instruction(top: Path, settings: Settings) -> str:
    name = (Path(settings.container.context) / settings.container.dockerfile).as_posix()
    try:
        text = git(top, "show", f"HEAD:{name}", ours=False)
    except GitError:
        raise UserMistake(
            f"The HEAD of {top} holds no {name}: commit one, or say in [container] which dockerfile it is."
        ) from None
    for number, line in _statements(text):
        if RUNS.match(line):
            return f"{name} line {number}: {line}"
    return ""


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield the first line of each instruction, with its number."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not inside:
            yield number, line.strip()
        inside = line.rstrip().endswith("\\")
