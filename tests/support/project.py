"""The project's own text files: what is in the checkout and is neither made, installed nor fetched."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("pipeline", "templates", "deployer", "lambdas", "traffic", "rehearsal")
MADE = {".git", ".venv", ".venv-policy", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}


def text_files(root: Path = ROOT) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every text file of the project."""
    for folder, folders, files in os.walk(root):
        made = MADE | {"out"} if Path(folder) == root else MADE
        folders[:] = sorted(name for name in folders if name not in made and not name.endswith(".egg-info"))
        for file in sorted(files):
            path = Path(folder, file)
            if not path.is_symlink() and b"\0" not in (content := path.read_bytes()):
                yield path.relative_to(root).as_posix(), content.decode()


def python_files(root: Path = ROOT, packages: tuple[str, ...] = PACKAGES) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of the Python files of these top-level folders."""
    for name, text in text_files(root):
        if name.endswith(".py") and name.split("/")[0] in packages:
            yield name, text
