"""Lines for the build's log: each is written at once, so that the log keeps up with what happens."""

import sys


def say(line: str) -> None:
    """Say what happens."""
    print(line, flush=True)


def warn(line: str) -> None:
    """Say what somebody should look at, or what went wrong."""
    print(line, file=sys.stderr, flush=True)
