"""Images unpacked: each set of layers once, and a copy of it for each container."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import stat
import tarfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.engine.errors import EngineError
from rehearsal.engine.tree import OPAQUE, WHITEOUT, normal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.engine.layers import Layers

# Linux's request to let two files share their blocks until one of them changes.
FICLONE = 0x40049409


class Roots:
    """The unpacked images."""

    def __init__(self, root: Path, layers: Layers) -> None:
        """Keep them in this folder."""
        self._root = root
        self._layers = layers
        self._guard = threading.Lock()
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)

    def unpacked(self, diff_ids: Sequence[str]) -> Path:
        """Return the folder that holds these layers, unpacking them the first time."""
        name = _name(diff_ids)
        with self._guard:
            folder = self._root / name
            if not folder.exists():
                new = self._root / f"new-{secrets.token_hex(8)}"
                new.mkdir()
                for diff_id in diff_ids:
                    with tarfile.open(self._layers.tar(diff_id), "r:") as archive:
                        _unpack(archive, new)
                new.replace(folder)
            return folder

    def forget(self, diff_ids: Sequence[str]) -> None:
        """Remove what was unpacked of these layers."""
        with self._guard:
            shutil.rmtree(self._root / _name(diff_ids), ignore_errors=True)


def _name(diff_ids: Sequence[str]) -> str:
    return hashlib.sha256(" ".join(diff_ids).encode()).hexdigest()


def _unpack(archive: tarfile.TarFile, root: Path) -> None:
    for entry in archive:
        path = normal(entry.name)
        if not path:
            continue
        target = root / path
        _make_parent(target.parent, root)
        if target.name == OPAQUE:
            for inner in list(target.parent.iterdir()):
                _remove(inner)
        elif target.name.startswith(WHITEOUT):
            _remove(target.with_name(target.name.removeprefix(WHITEOUT)))
        else:
            _place(archive, entry, target, root)


def _make_parent(parent: Path, root: Path) -> None:
    parent.mkdir(parents=True, exist_ok=True)
    # Links that lead out were made to stay inside when they were unpacked, so this only guards against a mistake there.
    if not parent.resolve().is_relative_to(root.resolve()):
        raise EngineError(f"{parent.relative_to(root)} leads out of the image")


def _place(archive: tarfile.TarFile, entry: tarfile.TarInfo, target: Path, root: Path) -> None:
    if entry.isdir():
        if target.is_symlink() or not target.is_dir():
            _remove(target)
            target.mkdir()
        # Its owner must be able to unpack into it, whatever the image says of others.
        target.chmod(entry.mode | stat.S_IRWXU)
        return
    _remove(target)
    if entry.issym():
        target.symlink_to(_inside(entry.linkname, target, root))
    elif entry.islnk():
        shutil.copy2(root / normal(entry.linkname), target, follow_symlinks=False)
    elif entry.isfile():
        content = archive.extractfile(entry)
        with target.open("wb") as file:
            if content:
                shutil.copyfileobj(content, file)
        target.chmod(entry.mode | stat.S_IRUSR)
    else:
        raise EngineError(f"{entry.name} is a device or a pipe, which needs a Docker engine")


def _inside(link: str, target: Path, root: Path) -> str:
    """Return a link that leads to the same place of the image when the image is a folder of this machine."""
    start = root if link.startswith("/") else target.parent
    aim = os.path.normpath(start / link.lstrip("/"))
    if not Path(aim).is_relative_to(root):
        # Above the root of an image is its root.
        parts = [part for part in Path(link).parts if part not in ("/", "..")]
        aim = str(root.joinpath(*parts))
    return os.path.relpath(aim, target.parent)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """Copy an unpacked image for a container to write in, sharing blocks where the disk can."""
    target.mkdir()
    with os.scandir(source) as entries:
        for entry in entries:
            goal = target / entry.name
            if entry.is_symlink():
                goal.symlink_to(Path(entry.path).readlink())
            elif entry.is_dir():
                copy(Path(entry.path), goal)
            else:
                _copy_file(Path(entry.path), goal)
    shutil.copystat(source, target)


def _copy_file(source: Path, target: Path) -> None:
    with source.open("rb") as old, target.open("wb") as new:
        try:
            fcntl.ioctl(new.fileno(), FICLONE, old.fileno())
        except OSError:
            shutil.copyfileobj(old, new)
    shutil.copystat(source, target)
