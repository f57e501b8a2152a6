"""The data plane's process, and the connection to it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rehearsal.dataplane.wire import line

GRACE = 2.0
# Where the child finds this package, however the main process did.
PACKAGES = str(Path(__file__).parents[2])


class Child:
    """One child process."""

    def __init__(self, heard: Callable[[dict[str, Any]], None], ended: Callable[[int], None]) -> None:
        """Start it; its messages and its end are told once somebody listens."""
        self._heard = heard
        self._ended = ended
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - the words are ours
                [sys.executable, "-m", "rehearsal.dataplane", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(filter(None, (PACKAGES, os.environ.get("PYTHONPATH")))),
                },
                stdin=subprocess.DEVNULL,
            )
        self._reader = threading.Thread(target=self._read, name="dataplane", daemon=True)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def listen(self) -> None:
        """Begin to tell what the child says."""
        self._reader.start()

    def send(self, message: dict[str, Any]) -> None:
        """Send a message; if the child has just died, its end is told elsewhere."""
        try:
            self._socket.sendall(line(message))
        except (BrokenPipeError, ConnectionResetError):
            return

    def stop(self) -> None:
        """End the child: without this connection it ends by itself."""
        with contextlib.suppress(OSError):  # it may have ended before
            self._socket.shutdown(socket.SHUT_WR)
        try:
            self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._reader.is_alive() and self._reader is not threading.current_thread():
            self._reader.join(GRACE)
        self._socket.close()

    def _read(self) -> None:
        with self._socket, self._socket.makefile("rb") as lines:
            try:
                for message in lines:
                    self._heard(json.loads(message))
            except ConnectionResetError:
                pass  # it was killed with unread messages; its status says so
        self._ended(self._process.wait())
