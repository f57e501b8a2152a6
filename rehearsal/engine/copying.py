"""COPY and ADD: which files, to where, as a layer."""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import io
import posixpath
import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, cast

from rehearsal.engine.errors import BadRequestError, EngineError
from rehearsal.engine.tree import Entry, Tree, normal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.engine.layers import LayerWriter

GLOB = re.compile(r"[*?\[]")
REMOTE = re.compile(r"(https?|git|ssh|ftp)://|git@")
FOLDER_MODE = 0o755


@dataclass
class Copying:
    """One COPY or ADD: from a tree of files into an image that has files already."""

    verb: str
    source: Tree
    target: Tree
    patterns: list[str]
    destination: str
    made: int
    mode: int | None = None
    _sum: hashlib._Hash = field(default_factory=hashlib.sha256)

    def write(self, layer: LayerWriter) -> str:
        """Write what is copied to the layer, and return a digest of it that does not depend on times."""
        found = [path for pattern in self.patterns for path in self._matches(pattern)]
        if not found:
            raise EngineError(f"{self.verb} failed: no source files were specified")
        if len(found) > 1 and not self.destination.endswith("/"):
            raise EngineError(
                f"When using {self.verb} with more than one source file, "
                "the destination must be a directory and end with a /"
            )
        for path in found:
            self._copy(path, layer)
        return self._sum.hexdigest()

    def _matches(self, pattern: str) -> list[str]:
        if self.verb == "ADD" and REMOTE.match(pattern):
            raise EngineError(f"ADD failed: {pattern}: the embedded engine adds files of the build context only")
        relative = pattern.lstrip("/")
        if posixpath.normpath(relative).split("/")[0] == "..":
            raise EngineError(f"{self.verb} failed: forbidden path outside the build context: {pattern} ()")
        if GLOB.search(pattern):
            return list(_glob(self.source, "", normal(relative).split("/")))
        if not self.source.has(self.source.resolve(relative)):
            raise EngineError(
                f"{self.verb} failed: file not found in build context or excluded by .dockerignore: "
                f"stat {relative}: file does not exist"
            )
        return [normal(relative)]

    def _copy(self, path: str, layer: LayerWriter) -> None:
        real = self.source.resolve(path)
        if self.source.is_folder(real):
            self._copy_folder(real, layer)
            return
        entry = self._entry(real)
        if self.verb == "ADD":
            with _archive(entry) as archive:
                if archive:
                    self._extract(archive, layer)
                    return
        into = self.destination.endswith("/") or self.target.is_folder(self._place(self.destination))
        goal = posixpath.join(self.destination, posixpath.basename(path)) if into else self.destination
        self._put(entry, self._place(goal), layer)

    def _copy_folder(self, folder: str, layer: LayerWriter) -> None:
        goal = self._place(self.destination)
        self.make(goal, layer)
        for path in self.source.below(folder):
            inner = posixpath.join(goal, posixpath.relpath(path, folder or "."))
            entry = self.source.get(path)
            if entry and not entry.info.isdir():
                self._put(entry, inner, layer)
            else:
                self.make(inner, layer, entry)

    def _extract(self, archive: tarfile.TarFile, layer: LayerWriter) -> None:
        goal = self._place(self.destination)
        self.make(goal, layer)
        for info in archive:
            inner = posixpath.join(goal, normal(info.name))
            if info.isdir():
                self.make(inner, layer, Entry(info, archive))
            else:
                self._put(Entry(info, archive), inner, layer)

    def _put(self, entry: Entry, path: str, layer: LayerWriter) -> None:
        self.make(posixpath.dirname(path), layer)
        info = self._described(entry.info, path)
        if entry.info.issym():
            info.type, info.linkname = tarfile.SYMTYPE, entry.info.linkname
            self._note(info)
            layer.add(info)
            return
        if not (entry.info.isfile() or entry.info.islnk()):
            raise EngineError(f"{self.verb} failed: {entry.info.name} is neither a file nor a folder nor a link")
        with entry.open() as content:
            info.size = content.seek(0, io.SEEK_END)
            content.seek(0)
            self._note(info)
            layer.add(info, cast("IO[bytes]", _Noted(content, self._sum)))

    def make(self, path: str, layer: LayerWriter, entry: Entry | None = None) -> None:
        """Add a folder, and those above it, unless they are there."""
        if not path or path in layer.names or (entry is None and self.target.is_folder(path)):
            return
        self.make(posixpath.dirname(path), layer)
        info = self._described(entry.info if entry else None, path)
        info.type = tarfile.DIRTYPE
        self._note(info)
        layer.add(info)

    def _described(self, origin: tarfile.TarInfo | None, path: str) -> tarfile.TarInfo:
        info = tarfile.TarInfo(path)
        info.mode = (origin.mode & 0o7777) if origin else FOLDER_MODE
        info.mtime = int(origin.mtime) if origin else self.made
        if self.mode is not None and origin:
            info.mode = self.mode
        return info

    def _note(self, info: tarfile.TarInfo) -> None:
        self._sum.update(repr((info.name, info.type, info.mode, info.linkname, info.size)).encode())

    def _place(self, path: str) -> str:
        return self.target.resolve(path)

    def _entry(self, path: str) -> Entry:
        entry = self.source.get(path)
        if entry is None:
            raise EngineError(f"{self.verb} failed: {path} is not a file")
        return entry


class _Noted:
    """Contents on their way into a layer, hashed as they pass."""

    def __init__(self, content: IO[bytes], total: hashlib._Hash) -> None:
        self._content = content
        self._sum = total

    def read(self, size: int = -1) -> bytes:
        data = self._content.read(size)
        self._sum.update(data)
        return data


def make_folder(target: Tree, folder: str, layer: LayerWriter, made: int) -> None:
    """Write an empty folder, and those above it that are missing, to the layer."""
    Copying("WORKDIR", Tree(), target, [], folder, made).make(target.resolve(folder), layer)


def file_mode(text: str) -> int | None:
    """Read the flag `--chmod`."""
    if not text:
        return None
    if not re.fullmatch(r"0?[0-7]{3,4}", text):
        raise BadRequestError(f"--chmod={text}: an octal number such as 755 is expected")
    return int(text, 8)


def _glob(tree: Tree, folder: str, parts: list[str]) -> Iterator[str]:
    """Go through the paths that match, part by part: a star does not match a slash."""
    pattern = parts[0].replace("[^", "[!")
    for name in tree.names(folder):
        if not fnmatch.fnmatchcase(name, pattern):
            continue
        path = posixpath.join(folder, name)
        if len(parts) == 1:
            yield path
        elif tree.is_folder(path):
            yield from _glob(tree, path, parts[1:])


@contextlib.contextmanager
def _archive(entry: Entry) -> Iterator[tarfile.TarFile | None]:
    """Give the archive that an added file is, or nothing if it is none."""
    with tempfile.TemporaryFile() as spooled:
        with entry.open() as content:
            shutil.copyfileobj(content, spooled)
        spooled.seek(0)
        try:
            archive = tarfile.open(fileobj=spooled, mode="r:*")  # noqa: SIM115 - closed with the file
        except tarfile.ReadError:
            yield None
            return
        yield archive
