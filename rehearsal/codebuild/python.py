"""A Python for each build: this server's own packages, pip, and room for what the build installs."""

from __future__ import annotations

import ensurepip
import os
import site
import sys
import sysconfig
import tempfile
import threading
import venv
import zipfile
from pathlib import Path

from rehearsal.codebuild.caches import caches

GUARD = threading.Lock()
# A line with the interpreter's own path would break at a space in it, and at a long one.
SCRIPT = '#!/bin/sh\nexec "{python}" -m pip "$@"\n'


def furnish(folder: Path, shelf: Path) -> Path:
    """Make an environment in the folder and return where its programs are."""
    venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
    programs = folder / "bin"
    library = next((folder / "lib").glob("python3*")) / "site-packages"
    # What this server has installed counts as installed in the build, behind what the build installs itself.
    (library / "rehearsal.pth").write_text("\n".join([str(_pip(shelf)), *_packages()]) + "\n", encoding="utf-8")
    for name in ("pip", "pip3"):
        script = programs / name
        script.write_text(SCRIPT.format(python=programs / "python3"), encoding="utf-8")
        script.chmod(0o755)
    return programs


def _packages() -> list[str]:
    own = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
    return [folder for folder in dict.fromkeys(own) if folder in sys.path]


def _pip(shelf: Path) -> Path:
    """Return a folder with pip in it, unpacked once from the wheel that comes with Python."""
    wheel = next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"), None)
    if wheel is None:
        # Some distributions ship Python without it; builds then do with the pip that is installed, if any.
        return shelf / "no-pip"
    # Where the next server finds it too: Python leaves it there as bytecode, which halves the time that pip takes.
    shared = caches() / "rehearsal"
    home = shared if _writable(shared) else shelf
    folder = home / f"{wheel.stem}-{sys.implementation.cache_tag}"
    with GUARD:
        if not folder.exists():
            _unpack(wheel, folder)
    return folder


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _unpack(wheel: Path, folder: Path) -> None:
    # Another server may do the same at this moment: the first one's stays, and nobody sees half of one.
    with tempfile.TemporaryDirectory(dir=folder.parent) as half:
        whole = Path(half) / "pip"
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(whole)
        try:
            whole.rename(folder)
        except OSError:
            if not folder.exists():
                raise
