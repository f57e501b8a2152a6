"""Zips that depend on nothing but the names and the bytes inside: not on the clock, the umask, the machine or zlib."""

import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

# Zip files cannot hold an earlier moment.
EPOCH = (1980, 1, 1, 0, 0, 0)
READABLE = 0o100644 << 16
UNIX = 3
# A list of what goes in, since what must stay out (caches, editors' leftovers, .env files) cannot be listed.
KINDS = (".py", ".json", ".lock", ".yml")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return the one zip that holds exactly these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, date_time=EPOCH)
            entry.create_system = UNIX
            entry.external_attr = READABLE
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def folder(path: Path) -> dict[str, bytes]:
    """Read a folder of the project: names begin with the folder's own."""
    return {file.relative_to(path.parent).as_posix(): file.read_bytes() for file in _sources(path)}


def digest(content: bytes) -> str:
    """Return the name by which content is known."""
    return hashlib.sha256(content).hexdigest()


def _sources(path: Path) -> Iterator[Path]:
    for file in sorted(path.rglob("*")):
        hidden = any(part.startswith((".", "__pycache__")) for part in file.relative_to(path).parts)
        if file.is_file() and file.suffix in KINDS and not hidden:
            yield file
