"""The launch: the real verb `deploy`, in a process of its own, against the local AWS."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.rehearse.cloud import Cloud
from traffic.errors import FlipsideError

PATIENCE = 10.0


def launch(cloud: Cloud, config: Path, say: Callable[[str], None]) -> dict[str, Any]:
    """Deploy what the file describes, and return what the verb returned."""
    options = ("--config", str(config), "--create-bucket", "--yes", "--json", "--no-color")
    process = subprocess.Popen(  # noqa: S603 - this very checkout
        [sys.executable, "-P", "-m", "pipeline.rehearse.launched", "deploy", *options],
        # Never written to: it ends when we do.
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=cloud.surroundings,
        start_new_session=True,
    )
    said: list[str] = []
    listener = threading.Thread(target=_listen, args=(process, said, say), name="deploy", daemon=True)
    listener.start()
    with process:
        try:
            result = process.stdout.read() if process.stdout else ""
            process.wait()
            listener.join(PATIENCE)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        told = "\n".join(said[-12:])
        raise FlipsideError(f"`flipside deploy` failed (exit code {process.returncode}):\n{told}")
    deployed: dict[str, Any] = json.loads(result)
    return deployed


def _listen(process: "subprocess.Popen[str]", said: list[str], say: Callable[[str], None]) -> None:
    for line in process.stderr or ():
        said.append(line.rstrip())
        say(line.strip())
