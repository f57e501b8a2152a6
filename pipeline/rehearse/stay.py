"""After the story: everything stays up for whoever wants to try it by hand."""

import time
from pathlib import Path
from typing import Any

from pipeline.rehearse.board import Board
from pipeline.rehearse.cloud import Cloud
from pipeline.terminal import Terminal

PAUSE = 0.5


def facts(cloud: Cloud, board: Board, remote: Path, copy: Path) -> dict[str, Any]:
    """Return what leads there."""
    return {
        "remote": str(remote),
        "copy": str(copy),
        "production": board.places[0],
        "test": board.places[1],
        "endpoint": cloud.endpoint,
        "page": f"{cloud.endpoint}/_rehearsal/",
        "environment": cloud.environment,
    }


def show(terminal: Terminal, kept: dict[str, Any]) -> None:
    """Say how to go on."""
    terminal.say()
    terminal.say("It stays up until you press Ctrl-C.", "strong")
    for name in ("production", "test", "page", "endpoint"):
        terminal.say(f"  {name:<11}{kept[name]}")
    terminal.say(f"  git remote {kept['remote']}")
    terminal.say("To release another commit, from a working copy that is there already:")
    terminal.say(f"  cd {kept['copy']} && git commit --allow-empty -m 'one more' && git push origin HEAD")
    terminal.say("To point the aws command, or any other client, at it:")
    for name, value in kept["environment"].items():
        terminal.say(f"  export {name}={value}")


def wait(cloud: Cloud) -> None:
    """Wait for Ctrl-C, or for the cloud to end by itself."""
    while True:
        cloud.insist()
        time.sleep(PAUSE)
