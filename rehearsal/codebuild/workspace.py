"""The folders of one build."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rehearsal.codebuild.python import furnish

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Workspace:
    """Where a build's sources, programs and papers are."""

    root: Path
    shelf: Path
    secondary: dict[str, Path] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        """Return where the primary source goes."""
        return self.root / "src"

    @property
    def home(self) -> Path:
        """Return what the build takes for its home."""
        return self.root / "home"

    @property
    def temporary(self) -> Path:
        """Return where the build leaves temporary files."""
        return self.root / "tmp"

    @property
    def papers(self) -> Path:
        """Return where the shell's own files are."""
        return self.root / "shell"

    @property
    def programs(self) -> Path:
        """Return where the build's Python is."""
        return self.root / "python" / "bin"

    def prepare(self) -> None:
        """Make the folders and the Python."""
        for folder in (self.source, self.home, self.temporary, self.papers):
            folder.mkdir(parents=True)
        furnish(self.root / "python", self.shelf)

    def add(self, name: str) -> Path:
        """Make room for a secondary source."""
        folder = self.root / "secondary" / name
        folder.mkdir(parents=True)
        self.secondary[name] = folder
        return folder
