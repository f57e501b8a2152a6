"""What builds share with the user who runs the server, so that nothing is downloaded or unpacked each time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

# Where a user can configure pip; a build has a home of its own, in which there is no such file.
PIP_SETTINGS = (".config/pip/pip.conf", ".pip/pip.conf", "Library/Application Support/pip/pip.conf")


def caches() -> Path:
    """Return where programs of this user keep what they can make again."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def pip_variables() -> dict[str, str]:
    """Return what lets a build's pip install from where the user's own does, with the wheels that it has kept."""
    found = {"PIP_CACHE_DIR": os.environ.get("PIP_CACHE_DIR") or str(caches() / "pip")}
    settings = [Path.home() / name for name in PIP_SETTINGS]
    own = os.environ.get("PIP_CONFIG_FILE") or next((str(each) for each in settings if each.is_file()), "")
    return {**found, "PIP_CONFIG_FILE": own} if own else found
