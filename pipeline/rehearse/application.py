"""What is released in a rehearsal: the sample, or the user's own repository."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.rehearse.repository import Repository
from pipeline.settings import Settings

EXAMPLES = Path(__file__).parents[2] / "examples" / "greeter"
LEFT_ALONE = shutil.ignore_patterns("__pycache__")
# No image holds this, so no container of the image starts, whatever it is based on.
BASE = re.compile(r"^ARG BASE=.*$", re.MULTILINE)
BROKEN = '\nENTRYPOINT ["/this-release-is-broken-on-purpose"]\n'


@dataclass(frozen=True)
class Version:
    """One commit of the story. `answer` is the version that its answers name, or nothing if they name none."""

    name: str
    commit: str
    message: str
    answer: str


class Application(Protocol):
    """Something to release, again and again."""

    repository: Repository
    # What is asked all the time, and what takes a while to be answered.
    path: str
    slow_path: str

    def release(self, name: str) -> Version:
        """Commit a version that works."""

    def break_it(self, name: str) -> Version:
        """Commit a version that can never be healthy."""


class Greeter:
    """The sample application, whose answers name their version."""

    path = "/api"
    slow_path = "/slow?seconds=1"
    COLOURS = ("teal", "purple")

    def __init__(self, folder: Path, branch: str, *, base: str = "") -> None:
        """Put it into a repository of its own, on another base image if one is given."""
        self.repository = Repository.new(folder, branch)
        shutil.copytree(EXAMPLES, folder, dirs_exist_ok=True, ignore=LEFT_ALONE)
        if base:
            dockerfile = folder / "Dockerfile"
            dockerfile.write_text(
                BASE.sub(f"ARG BASE={base}", dockerfile.read_text(encoding="utf-8")), encoding="utf-8"
            )

    def release(self, name: str) -> Version:
        """Commit one of the sample's versions, or one more in another colour."""
        known = EXAMPLES / "versions" / f"{name}.json"
        if known.exists():
            return self._commit(known.read_text(encoding="utf-8"))
        colour = self.COLOURS[int(name[1:]) % len(self.COLOURS)]
        return self._commit(json.dumps({"version": name, "colour": colour, "healthy": True}, indent=2) + "\n")

    def break_it(self, name: str) -> Version:
        """Commit the version whose health check fails."""
        known = json.loads((EXAMPLES / "versions" / "v3.json").read_text(encoding="utf-8"))
        return self._commit(json.dumps({**known, "version": name}, indent=2) + "\n")

    def _commit(self, text: str) -> Version:
        (self.repository.folder / "greeter" / "version.json").write_text(text, encoding="utf-8")
        said = json.loads(text)
        name = said["version"]
        message = f"{name}: {said['colour'] if said['healthy'] else 'broken on purpose'}"
        return Version(name, self.repository.commit(message), message, name)


class Own:
    """The user's application: what is committed at its HEAD, and commits on top of that."""

    slow_path = ""

    def __init__(self, origin: Path, folder: Path, settings: Settings) -> None:
        """Copy what is committed."""
        self.repository = Repository.copied(origin, folder, settings.source.branch)
        self.path = settings.container.health_check.path
        self._dockerfile = folder / settings.container.context / settings.container.dockerfile
        self._whole: str | None = None
        self._first = True

    def release(self, name: str) -> Version:
        """Name the user's own commit, and later make another one with the same files."""
        if self._first:
            self._first = False
            return Version(name, self.repository.head(), f"{name}: the HEAD of the repository", "")
        if self._whole is not None:
            self._dockerfile.write_text(self._whole, encoding="utf-8")
            self._whole = None
        message = f"{name}: the same files again"
        return Version(name, self.repository.commit(message), message, "")

    def break_it(self, name: str) -> Version:
        """Commit an image that cannot start."""
        self._whole = self._dockerfile.read_text(encoding="utf-8")
        self._dockerfile.write_text(self._whole + BROKEN, encoding="utf-8")
        message = f"{name}: broken on purpose"
        return Version(name, self.repository.commit(message), message, "")
