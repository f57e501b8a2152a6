"""Files as they lie in tar archives: a build's context, or the layers of an image one upon the other."""

from __future__ import annotations

import posixpath
import tarfile
from typing import IO, TYPE_CHECKING, NamedTuple

from rehearsal.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
# As many as Linux follows before it calls a path a loop.
MAXIMUM_LINKS = 40


class Entry(NamedTuple):
    """A file, a folder or a link, and the archive that holds it."""

    info: tarfile.TarInfo
    archive: tarfile.TarFile

    def open(self) -> IO[bytes]:
        """Open the contents; an archive may hold a file once and then refer to it."""
        content = self.archive.extractfile(self.info)
        if content is None:
            raise EngineError(f"{self.info.name} has no contents")
        return content


class Tree:
    """A view; it reads contents only when asked for them, and unpacks nothing."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._entries: dict[str, Entry] = {}
        self._folders: dict[str, set[str]] = {"": set()}
        self._archives: list[tarfile.TarFile] = []

    def overlay(self, tar: Path) -> None:
        """Lay an archive over what is there."""
        archive = tarfile.open(tar, "r:")  # noqa: SIM115 - stays open for as long as the tree is read
        self._archives.append(archive)
        for info in archive:
            self._lay(normal(info.name), Entry(info, archive))

    def close(self) -> None:
        """Close the archives."""
        for archive in self._archives:
            archive.close()

    def get(self, path: str) -> Entry | None:
        """Return what lies at a path."""
        return self._entries.get(path)

    def is_folder(self, path: str) -> bool:
        """Say whether a folder lies at a path."""
        return path in self._folders

    def has(self, path: str) -> bool:
        """Say whether anything lies at a path."""
        return path in self._folders or path in self._entries

    def names(self, folder: str) -> list[str]:
        """Return the names in a folder, in order."""
        return sorted(self._folders.get(folder, ()))

    def below(self, folder: str) -> Iterator[str]:
        """Go through all paths below a folder, each folder before what it holds."""
        for name in self.names(folder):
            path = posixpath.join(folder, name)
            yield path
            if path in self._folders:
                yield from self.below(path)

    def resolve(self, path: str) -> str:
        """Return where a path leads when all links in it are followed."""
        done, todo, links = "", path.split("/"), 0
        while todo:
            part = todo.pop(0)
            if part in ("", ".", ".."):
                done = posixpath.dirname(done) if part == ".." else done
                continue
            here = posixpath.join(done, part)
            entry = self._entries.get(here)
            if entry and entry.info.issym():
                links += 1
                if links > MAXIMUM_LINKS:
                    raise EngineError(f"{path}: too many levels of symbolic links")
                done = "" if entry.info.linkname.startswith("/") else done
                todo = entry.info.linkname.split("/") + todo
            else:
                done = here
        return done

    def _lay(self, path: str, entry: Entry) -> None:
        folder, name = posixpath.split(path)
        if name == OPAQUE:
            for inner in list(self._folders.get(folder, ())):
                self._remove(posixpath.join(folder, inner))
        elif name.startswith(WHITEOUT):
            self._remove(posixpath.join(folder, name.removeprefix(WHITEOUT)))
        else:
            if not entry.info.isdir():
                self._remove(path)
            self._enter(path, is_folder=entry.info.isdir())
            self._entries[path] = entry

    def _enter(self, path: str, *, is_folder: bool) -> None:
        if is_folder:
            self._folders.setdefault(path, set())
        while path:
            parent, name = posixpath.split(path)
            # A folder that nobody mentions exists all the same.
            inside = self._folders.setdefault(parent, set())
            if name in inside:
                return
            inside.add(name)
            path = parent

    def _remove(self, path: str) -> None:
        for inner in list(self._folders.get(path, ())):
            self._remove(posixpath.join(path, inner))
        self._folders.pop(path, None)
        self._entries.pop(path, None)
        parent, name = posixpath.split(path)
        self._folders.get(parent, set()).discard(name)


def normal(name: str) -> str:
    """Return a path as it is below the root, above which nothing leads."""
    return posixpath.normpath("/" + name).lstrip("/")
