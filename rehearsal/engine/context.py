"""The files that a client sends for a build, in an archive that is read in place."""

from __future__ import annotations

import shutil
import tarfile
from typing import TYPE_CHECKING, BinaryIO

from rehearsal.engine.errors import EngineError
from rehearsal.engine.layers import CHUNK, opened
from rehearsal.engine.tree import Tree, normal

if TYPE_CHECKING:
    from rehearsal.engine.layers import Layers


class Context:
    """The files of one build."""

    def __init__(self, body: BinaryIO, layers: Layers) -> None:
        """Take the archive, packed or not."""
        self._path = layers.scratch()
        self.tree = Tree()
        try:
            self._receive(body)
            self.tree.overlay(self._path)
        except (tarfile.TarError, OSError, EOFError, EngineError) as error:
            self.close()
            raise EngineError(f"Error processing tar file: {error}") from error

    def text(self, name: str) -> str:
        """Return the contents of a file."""
        entry = self.tree.get(self.tree.resolve(normal(name)))
        if entry is None or entry.info.isdir():
            raise EngineError(f"Cannot locate specified Dockerfile: {name}")
        with entry.open() as content:
            return content.read().decode(errors="replace")

    def close(self) -> None:
        """Throw the archive away."""
        self.tree.close()
        self._path.unlink(missing_ok=True)

    def _receive(self, body: BinaryIO) -> None:
        packed = self._path.with_suffix(".packed")
        try:
            with packed.open("wb") as file:
                shutil.copyfileobj(body, file, CHUNK)
            with opened(packed) as source, self._path.open("wb") as file:
                shutil.copyfileobj(source, file, CHUNK)
        finally:
            packed.unlink(missing_ok=True)
