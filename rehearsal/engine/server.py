"""The engine as a process: it serves a socket until it is told to end, and takes its containers with it."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.engine import routes
from rehearsal.engine.engine import Engine
from rehearsal.engine.handle import LONGEST_SOCKET_PATH
from rehearsal.engine.wire import SocketServer
from rehearsal.warden.handle import Warden

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

MISTAKE = 2


class CannotServeError(Exception):
    """The engine cannot be started like this; a sentence says why."""


def main() -> int:
    """Run an engine from the command line."""
    parser = argparse.ArgumentParser(prog="python -m rehearsal.engine", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True, help="where to listen")
    parser.add_argument("--root", type=Path, required=True, help="folder for images and containers")
    options = parser.parse_args()
    try:
        serve(options.socket.absolute(), options.root.absolute())
    except (CannotServeError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return MISTAKE
    return 0


def serve(path: Path, root: Path) -> None:
    """Serve until a signal says to end."""
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ending.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    _free(path)
    root.mkdir(parents=True, exist_ok=True)
    warden = Warden()
    try:
        with _alone(root), _listening(path, Engine(root, warden)):
            sys.stdout.write(f"DOCKER_HOST=unix://{path}\n")
            sys.stdout.flush()
            ending.wait()
    finally:
        warden.stop()


@contextlib.contextmanager
def _listening(path: Path, engine: Engine) -> Iterator[None]:
    # Whoever may talk to the engine may run programs as us, so nobody else may.
    before = os.umask(0o177)
    try:
        server = SocketServer(str(path), lambda request: routes.find(engine, request))
    finally:
        os.umask(before)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        path.unlink(missing_ok=True)
        engine.stop()


@contextlib.contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Keep a second engine away from the same folder."""
    with (root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CannotServeError(f"Another engine uses {root}: end it, or name another folder.") from error
        yield


def _free(path: Path) -> None:
    """Remove a socket that an engine left behind when it was killed."""
    if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
        raise CannotServeError(f"{path} is too long for a socket: {LONGEST_SOCKET_PATH} bytes are the most.")
    if not path.exists():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise CannotServeError(f"Something listens on {path} already: end it, or name another socket.")
