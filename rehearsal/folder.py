"""The state folder: one server at a time keeps its files there."""

from __future__ import annotations

import fcntl
import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.warden.handle import Warden

LOG = logging.getLogger("rehearsal")
LOCK = "rehearsal.lock"


class FolderError(Exception):
    """The state folder cannot be used."""


class Folder:
    """A folder that is ours until it is left; without a path, a new one that is gone afterwards."""

    def __init__(self, path: Path | None, warden: Warden) -> None:
        """Take the folder."""
        self._lock: int | None = None
        if path is None:
            self.path = Path(tempfile.mkdtemp(prefix="rehearsal-"))
            warden.folder(self.path)
            return
        self.path = path.absolute()
        try:
            self._take()
        except OSError as error:
            raise FolderError(f"The state folder {self.path} cannot be used: {error.strerror}.") from error

    def leave(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            (self.path / LOCK).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None

    def _take(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        strangers = [each.name for each in self.path.iterdir()]
        lock = self.path / LOCK
        if strangers and not lock.exists() and not (self.path / "repositories").is_dir():
            raise FolderError(f"The state folder {self.path} holds something else ({strangers[0]}): name an empty one.")
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        before = os.read(handle, 32).decode().strip()
        try:
            # The kernel lets go of it when its holder ends, however that happens.
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise FolderError(f"The state folder {self.path} is in use by process {before}.") from None
        if before:
            LOG.warning("took over the state folder %s from process %s, which is gone", self.path, before)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._lock = handle
