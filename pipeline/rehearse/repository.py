"""The git repository that is pushed from: always a copy, never the user's own."""

import os
import subprocess
from pathlib import Path

from pipeline.errors import UserMistake
from traffic.errors import FlipsideError

# Of git's settings only these count: a user's own might sign commits, or run hooks.
OURS = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_AUTHOR_NAME": "Rehearsal",
    "GIT_AUTHOR_EMAIL": "rehearsal@example.com",
    "GIT_COMMITTER_NAME": "Rehearsal",
    "GIT_COMMITTER_EMAIL": "rehearsal@example.com",
}


class GitError(FlipsideError):
    """Git refused; the message is its own."""


class Repository:
    """A working copy, and the branch that is released from it."""

    def __init__(self, folder: Path, branch: str) -> None:
        """Take the folder as it is."""
        self.folder = folder
        self.branch = branch

    @classmethod
    def new(cls, folder: Path, branch: str) -> "Repository":
        """Make an empty one."""
        folder.mkdir(parents=True)
        git(None, "init", "--quiet", "--template=", f"--initial-branch={branch}", str(folder))
        return cls(folder, branch)

    @classmethod
    def copied(cls, origin: Path, folder: Path, branch: str) -> "Repository":
        """Clone what is committed in the user's repository, and stand where it stands."""
        head = git(origin, "rev-parse", "--verify", "HEAD", ours=False)
        git(None, "clone", "--quiet", "--no-checkout", "--template=", str(origin), str(folder), ours=False)
        git(folder, "checkout", "--quiet", "-B", branch, head)
        git(folder, "remote", "remove", "origin")
        return cls(folder, branch)

    def commit(self, message: str) -> str:
        """Commit everything that differs, or nothing, and return the commit's id."""
        git(self.folder, "add", "--all")
        git(self.folder, "commit", "--quiet", "--allow-empty", "--no-verify", f"--message={message}")
        return self.head()

    def head(self) -> str:
        """Return the id of the commit that is checked out."""
        return git(self.folder, "rev-parse", "HEAD")

    def lead_to(self, remote: Path) -> None:
        """Say where pushes go."""
        git(self.folder, "remote", "add", "origin", str(remote))

    def push(self) -> None:
        """Push the branch."""
        git(self.folder, "push", "--quiet", "origin", self.branch)


def git(folder: Path | None, *arguments: str, ours: bool = True) -> str:
    """Run git and return what it printed; `ours` keeps the user's settings and identity out of it."""
    where = ["-C", str(folder)] if folder else []
    # Variables that a hook of git's own sets would point it at another repository.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(  # noqa: S603 - git, with arguments that we make
            ["git", *where, *arguments],  # noqa: S607 - the machine's own
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**inherited, **(OURS if ours else {"GIT_TERMINAL_PROMPT": "0"})},
            # A Ctrl-C is ours to answer.
            start_new_session=True,
        )
    except FileNotFoundError:
        raise UserMistake("git is missing: commits are pushed with it. Install git.") from None
    if done.returncode:
        raise GitError(f"git {arguments[0]}: {done.stderr.strip() or f'status {done.returncode}'}")
    return done.stdout.strip()
