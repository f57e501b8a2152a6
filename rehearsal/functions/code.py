"""The uploaded zips, unpacked once each."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import stat
import tempfile
import zipfile
from typing import TYPE_CHECKING

from moto.awslambda.exceptions import InvalidParameterValueException

if TYPE_CHECKING:
    from pathlib import Path

CORRUPT = "Could not unzip uploaded file. Please check your file, then try to upload again."


def check(content: bytes) -> None:
    """Refuse what is no zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            damaged = archive.testzip()
    except zipfile.BadZipFile:
        raise InvalidParameterValueException(CORRUPT) from None
    if damaged:
        raise InvalidParameterValueException(CORRUPT)


def unpack(content: bytes, shelf: Path) -> Path:
    """Return the folder that holds what is in the zip; the same content is unpacked once."""
    folder = shelf / hashlib.sha256(content).hexdigest()[:32]
    if folder.exists():
        return folder
    shelf.mkdir(parents=True, exist_ok=True)
    fresh = tempfile.mkdtemp(dir=shelf)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            path = archive.extract(entry, fresh)
            mode = stat.S_IMODE(entry.external_attr >> 16)
            if mode and not entry.is_dir():
                os.chmod(path, mode | stat.S_IRUSR)  # noqa: PTH101 - the archive's own paths are texts
    try:
        os.rename(fresh, folder)  # noqa: PTH104 - pathlib replaces what is there
    except OSError:
        # Somebody else was faster with the same content.
        shutil.rmtree(fresh)
    return folder
