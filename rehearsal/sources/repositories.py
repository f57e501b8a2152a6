"""Bare git repositories: what a source on AWS would be hosted by."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rehearsal.sources.hook import ENDPOINT, hook

if TYPE_CHECKING:
    from pathlib import Path

LOG = logging.getLogger("rehearsal.sources")
NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*")
NOWHERE = "0" * 40
# Of git's settings only those count that we make: a user's own might sign commits or rewrite addresses.
SETTINGS = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "TZ": "UTC",
    "LC_ALL": "C",
}
FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B"


class RepositoryError(Exception):
    """Something that the repository does not have, or git itself is missing."""


@dataclass(frozen=True)
class Person:
    """Who wrote or made a commit, and when."""

    name: str
    email: str
    moment: int


@dataclass(frozen=True)
class Commit:
    """One commit."""

    id: str
    tree: str
    parents: tuple[str, ...]
    written: Person
    made: Person
    message: str

    @property
    def author(self) -> str:
        """Return the author's name."""
        return self.written.name

    @property
    def date(self) -> datetime:
        """Return when it was made."""
        return datetime.fromtimestamp(self.made.moment, UTC)


class Repositories:
    """The repositories below a state folder; any number of these may look at the same folder."""

    def __init__(self, state: Path) -> None:
        """Take the state folder."""
        self.root = state / "repositories"

    def create(self, name: str, branch: str = "main") -> Path:
        """Make a repository, unless there is one, and return its path."""
        path = self.path(name)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # An empty template: hooks and settings of the machine are not ours.
            _git(None, "init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", str(path))
            hooks = path / "hooks"
            hooks.mkdir(exist_ok=True)
            (hooks / "post-receive").write_text(hook(name, self.root / ENDPOINT), encoding="utf-8")
            (hooks / "post-receive").chmod(0o755)
        return path

    def announce(self, endpoint: str) -> None:
        """Say where pushes are told to."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / ENDPOINT).write_text(endpoint + "\n", encoding="utf-8")

    def path(self, name: str) -> Path:
        """Return where a repository is, or would be."""
        if not NAME.fullmatch(name) or name.endswith((".git", ".lock")):
            raise RepositoryError(f"{name} is no name of a repository; letters, digits, - _ . and / between parts are")
        return self.root / f"{name}.git"

    def names(self) -> list[str]:
        """Return the names of all repositories."""
        found = self.root.rglob("*.git") if self.root.exists() else []
        return sorted(path.relative_to(self.root).as_posix().removesuffix(".git") for path in found)

    def delete(self, name: str) -> None:
        """Delete a repository with all that is in it."""
        shutil.rmtree(self._existing(name))

    def default_branch(self, name: str) -> str:
        """Return the branch that a clone starts with."""
        return _text(self._existing(name), "symbolic-ref", "--short", "HEAD")

    def branches(self, name: str) -> list[str]:
        """Return the names of all branches."""
        return _text(self._existing(name), "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").splitlines()

    def head(self, name: str, branch: str) -> Commit:
        """Return the newest commit of a branch."""
        return self.commit(name, f"refs/heads/{branch}", f"The repository {name} has no branch {branch}.")

    def commit(self, name: str, reference: str, otherwise: str = "") -> Commit:
        """Return a commit by its id, branch or tag."""
        path = self._existing(name)
        try:
            found = _text(path, "log", "-1", f"--format={FORMAT}", "--end-of-options", f"{reference}^{{commit}}", "--")
        except RepositoryError:
            raise RepositoryError(otherwise or f"The repository {name} has no commit {reference}.") from None
        commit, tree, parents, *rest = found.split("\0", 9)
        people = [Person(rest[start], rest[start + 1], int(rest[start + 2])) for start in (0, 3)]
        return Commit(commit, tree, tuple(parents.split()), people[0], people[1], rest[6].strip("\n"))

    def archive(self, name: str, commit: str) -> bytes:
        """Return the files of a commit as a zip, the same for the same commit every time."""
        found = self.commit(name, commit).id
        return _git(self._existing(name), "archive", "--format=zip", found)

    def changed(self, name: str, old: str, new: str) -> list[str]:
        """Return the paths that differ between two commits; all of the second if there is no first."""
        path = self._existing(name)
        if set(old) == {"0"}:
            told = _git(path, "ls-tree", "-r", "-z", "--name-only", new)
        else:
            told = _git(path, "diff", "--name-only", "--no-renames", "-z", old, new)
        return [each for each in told.decode(errors="replace").split("\0") if each]

    def check_out(self, name: str, version: str, folder: Path) -> str:
        """Clone into the folder, at a branch, tag or commit, and return the commit's id."""
        path = self._existing(name)
        commit = self.commit(name, version or self.default_branch(name)).id
        _git(None, "clone", "--quiet", "--no-checkout", str(path), str(folder))
        _git(folder, "checkout", "--quiet", "--detach", commit)
        return commit

    def _existing(self, name: str) -> Path:
        path = self.path(name)
        if not path.exists():
            raise RepositoryError(f"There is no repository {name}; there are {', '.join(self.names()) or 'none'}.")
        return path


def _text(path: Path, *arguments: str) -> str:
    return _git(path, *arguments).decode(errors="replace").rstrip("\n")


def _git(path: Path | None, *arguments: str) -> bytes:
    where = ["-C", str(path)] if path else []
    # A hook's own variables would point git at the repository that was pushed to.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 - git, with arguments that we make
            ["git", *where, *arguments],  # noqa: S607 - the machine's own
            capture_output=True,
            check=False,
            env={**inherited, **SETTINGS},
        )
    except FileNotFoundError:
        raise RepositoryError("git is not installed; repositories need it") from None
    if done.returncode:
        raise RepositoryError(done.stderr.decode(errors="replace").strip() or f"git {arguments[0]} failed")
    return done.stdout
