"""The main process's side of the embedded engine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.warden.handle import Warden

# What macOS allows for the path of a socket; Linux allows 4 more.
LONGEST_SOCKET_PATH = 103
# Containers have their own time to end before the engine does.
PATIENCE = 30.0


class EngineNotStartedError(Exception):
    """The embedded engine did not come up; it has said why."""


class EmbeddedEngine:
    """An embedded engine as a child process."""

    def __init__(self, warden: Warden, folder: Path) -> None:
        """Start it, and wait until it serves; it keeps its images below the folder."""
        self._warden = warden
        self._stopped = False
        self._socket, self._own_folder = _socket_path(folder, warden)
        warden.socket(self._socket)
        self._process = warden.module(
            "rehearsal.engine", "--socket", self._socket, "--root", folder, stdout=subprocess.PIPE, stderr=None
        )
        self.docker_host = f"unix://{self._socket}"
        if self._process.stdout is None or not self._process.stdout.readline():
            self.stop()
            raise EngineNotStartedError(
                f"The embedded engine ended at once with {self._process.returncode}; see above."
            )

    @property
    def pid(self) -> int:
        """The engine's process."""
        return self._process.pid

    def stop(self) -> None:
        """End it, and with it its containers; it may be told so twice."""
        if self._stopped:
            return
        self._stopped = True
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        self._process.kill()
        self._process.communicate()
        # The socket stays ours: so the warden knows whose the containers were, and that they went with the engine.
        self._warden.release(self._process.pid)
        if self._own_folder:
            shutil.rmtree(self._own_folder, ignore_errors=True)
            self._warden.release(self._own_folder)


def _socket_path(folder: Path, warden: Warden) -> tuple[Path, Path | None]:
    """Return a path that is short enough for a socket, and the folder that was made for it, if one was."""
    near = folder.absolute().with_suffix(".sock")
    if len(os.fsencode(near)) <= LONGEST_SOCKET_PATH:
        return near, None
    short = Path(tempfile.mkdtemp(prefix="rehearsal-"))
    warden.folder(short)
    return short / "engine.sock", short
