"""Blobs on their way in: begun, continued, finished or given up."""

from __future__ import annotations

import hashlib
import re
import threading
import uuid
from typing import TYPE_CHECKING, BinaryIO

from rehearsal.registry.errors import RegistryError
from rehearsal.registry.storage import DIGEST

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.registry.storage import Storage

CHUNK = 1 << 18
RANGE = re.compile(r"(?:bytes[ =])?(\d+)-(\d+)")


class Upload:
    """One blob on its way in; hashed as it comes, so that its end takes no time."""

    def __init__(self, path: Path, repository: str) -> None:
        """Begin with nothing."""
        self.id = path.name
        self.repository = repository
        self.size = 0
        self.guard = threading.Lock()
        self._path = path
        self._sum = hashlib.sha256()
        path.touch()

    def extend(self, body: BinaryIO, content_range: str) -> None:
        """Take more of it."""
        if content_range:
            found = RANGE.match(content_range)
            if not found or int(found[1]) != self.size:
                raise RegistryError("RANGE_INVALID")
        with self._path.open("ab") as file:
            while piece := body.read(CHUNK):
                file.write(piece)
                self._sum.update(piece)
                self.size += len(piece)

    def finish(self, storage: Storage, digest: str) -> None:
        """Make it a blob, if it is what the client says it is."""
        if not DIGEST.match(digest) or digest != f"sha256:{self._sum.hexdigest()}":
            raise RegistryError("DIGEST_INVALID")
        storage.add_blob(self.repository, digest, self._path)

    def give_up(self) -> None:
        """Forget it."""
        self._path.unlink(missing_ok=True)


class Uploads:
    """All of them."""

    def __init__(self, storage: Storage) -> None:
        """Start with none; those that an earlier run left are forgotten."""
        self._storage = storage
        self._all: dict[str, Upload] = {}
        for path in storage.uploads.iterdir():
            path.unlink()

    def begin(self, repository: str) -> Upload:
        """Begin one."""
        upload = Upload(self._storage.uploads / str(uuid.uuid4()), repository)
        self._all[upload.id] = upload
        return upload

    def find(self, repository: str, identity: str) -> Upload:
        """Return one that is under way."""
        upload = self._all.get(identity)
        if upload is None or upload.repository != repository:
            raise RegistryError("BLOB_UPLOAD_UNKNOWN")
        return upload

    def finish(self, upload: Upload, digest: str) -> None:
        """End one; an upload that was not what it should be is gone, too."""
        self._all.pop(upload.id, None)
        try:
            upload.finish(self._storage, digest)
        except RegistryError:
            upload.give_up()
            raise

    def give_up(self, upload: Upload) -> None:
        """Forget one."""
        self._all.pop(upload.id, None)
        upload.give_up()
