"""Programs of this machine that images borrow."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

SCRIPT = b"#!"
ASKING_TIMEOUT = 20


def find(name: str, path: str) -> Path | None:
    """Return the program of this machine with this name."""
    found = shutil.which(name, path=path)
    return _behind(found) if found else None


@functools.cache
def _behind(program: str) -> Path:
    """Return the Python that a version manager's stand-in starts, which is slower to start than Python itself."""
    path = Path(program)
    if not path.name.startswith("python") or not _is_script(path):
        return path
    command = [program, "-c", "import sys; print(sys.executable)"]
    told = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", timeout=ASKING_TIMEOUT)  # noqa: S603 - a program that the image asks for
    real = Path(told.stdout.strip() or program)
    return real if told.returncode == 0 and real.is_file() else path


def _is_script(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(SCRIPT)) == SCRIPT
