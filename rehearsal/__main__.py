"""`python -m rehearsal`: serve until interrupted."""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.server import Server

USAGE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve, and return the exit status."""
    wanted = _parser().parse_args(arguments)
    level = logging.DEBUG if wanted.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(name)s: %(message)s", stream=sys.stderr)
    for name in ("botocore", "boto3", "urllib3", "werkzeug", "docker", "s3transfer"):
        logging.getLogger(name).setLevel(logging.WARNING)
    interrupted = _signals()
    # What starting makes stays until the end: to search it for garbage, again and again, takes as long as making it.
    gc.disable()
    if wanted.until_stdin_closes:
        threading.Thread(target=_until_stdin_closes, args=(interrupted,), name="stdin", daemon=True).start()
    # Imported late: a mistake on the command line is answered at once.
    from rehearsal.engine.choose import NoEngineError  # noqa: PLC0415
    from rehearsal.folder import FolderError  # noqa: PLC0415 - as above
    from rehearsal.server import Server, Settings, StartError  # noqa: PLC0415 - as above

    settings = Settings(wanted.region, wanted.port, wanted.state, wanted.engine, permissions=not wanted.no_iam)
    try:
        with Server(settings) as server:
            gc.freeze()
            gc.enable()
            print(_ready(server) if wanted.json else _banner(server), flush=True)
            interrupted.wait()
    except (StartError, FolderError, NoEngineError) as error:
        print(f"rehearsal: {error}", file=sys.stderr)
        return USAGE
    return 0


def _signals() -> threading.Event:
    interrupted = threading.Event()

    def end(*unused: Any) -> None:
        del unused
        if interrupted.is_set():
            # The warden cleans up when we are gone.
            os._exit(130)
        interrupted.set()

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, end)
    return interrupted


def _until_stdin_closes(interrupted: threading.Event) -> None:
    """Whoever started us holds the other end: it closes when they end, however that happens."""
    # Read below Python's buffers, whose lock a thread that still waits at the end would hold.
    while os.read(0, 4096):
        continue
    interrupted.set()


def _environment(server: Server) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": server.cloud.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": server.cloud.region,
        "AWS_DEFAULT_REGION": server.cloud.region,
    }


def _banner(server: Server) -> str:
    lines = [f"export {name}={value}" for name, value in _environment(server).items()]
    told = [
        f"# What happens: {server.cloud.endpoint}/_rehearsal/",
        f"# Containers: {server.engine.reason}.",
        f"# Images: {server.cloud.registry}",
        "# Ctrl-C ends it.",
    ]
    return "\n".join([*lines, *told])


def _ready(server: Server) -> str:
    cloud = server.cloud
    facts = {
        "endpoint": cloud.endpoint,
        "region": cloud.region,
        "account": cloud.account,
        "engine": server.engine.kind,
        "docker_host": cloud.docker_host,
        "registry": cloud.registry,
        "state": str(cloud.state),
        "environment": _environment(server),
    }
    return json.dumps(facts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rehearsal", description="A local AWS for release pipelines.")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    parser.add_argument("--port", type=int, default=0, help="where to listen (default: any free port)")
    parser.add_argument("--region", default=region, help="the region in use (default: %(default)s)")
    parser.add_argument("--state", type=Path, help="keep repositories and images in this folder")
    parser.add_argument("--engine", choices=("auto", "docker", "embedded"), default="auto", help="what runs containers")
    parser.add_argument("--no-iam", action="store_true", help="let every role do everything")
    parser.add_argument("--json", action="store_true", help="print one line of JSON when ready")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input does")
    parser.add_argument("--verbose", action="store_true", help="log every request")
    return parser


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed; taking a million objects apart one by one would keep whoever waits for us.
    os._exit(status)
