"""Starting children that cannot outlive us unnoticed."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# The child waits for a line, and gives up when the pipe closes instead: we were killed before it was written down.
# A shell reads from a pipe byte by byte, so what follows that line is still there for the program.
# Who was killed even before the belt was on is seen too: whoever finds another parent than it should have gives up.
WAIT = '[ "$PPID" = "$1" ] && shift && read -r go && [ "$go" = go ] || exit 125; exec "$@"'
# A shell drops variables that it could not name itself from its environment.
SHELL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
# On Linux the kernel can be told to kill a child together with the thread that started it: the second belt.
DEATH_BELT = shutil.which("setpriv")


def start(
    args: Sequence[str | Path], *, stdin: int = subprocess.DEVNULL, env: dict[str, str], **popen: Any
) -> subprocess.Popen[Any]:
    """Start a program in a group of its own that waits for `let_go`; one that does not exist is an OSError."""
    command = [os.fspath(argument) for argument in args]
    _require(command[0], env, popen.get("cwd"))
    wait = WAIT if stdin == subprocess.PIPE else WAIT + " </dev/null"
    belt = [DEATH_BELT, "--pdeathsig", "KILL"] if DEATH_BELT else []
    odd = [f"{name}={value}" for name, value in env.items() if not SHELL_NAME.match(name)]
    kept = ["/usr/bin/env", *odd] if odd else []
    return subprocess.Popen(  # noqa: S603 - running what the caller names is the purpose
        # The belt comes first: whoever is past the gate has it on.
        [*belt, "/bin/sh", "-c", wait, "sh", str(os.getpid()), *kept, *command],
        stdin=subprocess.PIPE,
        env=env,
        start_new_session=True,
        **popen,
    )


def let_go(child: subprocess.Popen[Any], stdin: int) -> None:
    """Let the child become the program."""
    if child.stdin is None:
        raise ValueError("this child was not started at a gate")
    with contextlib.suppress(BrokenPipeError):
        os.write(child.stdin.fileno(), b"go\n")
    if stdin != subprocess.PIPE:
        child.stdin.close()
        child.stdin = None


def _require(program: str, env: dict[str, str], cwd: str | Path | None) -> None:
    """Fail as `subprocess` would, since the shell at the gate would only end with a number."""
    found = shutil.which(os.path.join(cwd or "", program) if os.sep in program else program, path=env.get("PATH"))  # noqa: PTH118 - an absolute program must win over cwd
    if found is None:
        raise FileNotFoundError(f"{program} is not there or is not executable")
