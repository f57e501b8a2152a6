"""Programs that others made: those of this machine, or else installed once for the user in the versions named here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AWS_CLI = "1.45.11"
SDK = "3.1138.0"
PACKAGES = ("cloudformation", "codepipeline", "ecs", "elastic-load-balancing-v2", "lambda", "s3", "sts")
PATIENCE = 300


class Missing(Exception):
    """The program is not there and cannot be had."""


def aws_command() -> Path:
    """Return the AWS command line."""
    if installed := shutil.which("aws"):
        return Path(installed)
    return installed_once(f"awscli-{AWS_CLI}", _aws_cli) / "bin/aws"


def javascript_sdk() -> Path:
    """Return a folder in whose node_modules the AWS SDK for JavaScript is."""
    if not shutil.which("node") or not shutil.which("npm"):
        raise Missing("node and npm are not installed")
    return installed_once(f"aws-sdk-js-{SDK}", _javascript)


def installed_once(name: str, install: Callable[[Path], None]) -> Path:
    """Return the folder of this name among what is kept for the user, filled if it was not there."""
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flipside-tests"
    place = kept / name
    if place.is_dir():
        return place
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept) as made:
        folder = Path(made, name)
        try:
            install(folder)
        except (OSError, subprocess.SubprocessError) as error:
            reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
            raise Missing(f"{name} cannot be installed: {reason[-1] if reason else error}") from error
        try:
            folder.rename(place)
        except OSError:
            # Somebody else was faster.
            if not place.is_dir():
                raise
    return place


def _aws_cli(folder: Path) -> None:
    # Programs of an environment know where it was made, so it is one of packages only.
    _do(sys.executable, "-m", "venv", "--without-pip", folder)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    _do(*pip, "install", "--target", folder / "packages", f"awscli=={AWS_CLI}")
    program = folder / "bin/aws"
    program.write_text(
        '#!/bin/sh\nhere=$(dirname "$(readlink -f "$0")")\n'
        'PYTHONPATH="$here/../packages" exec "$here/python" -m awscli "$@"\n'
    )
    program.chmod(0o755)


def _javascript(folder: Path) -> None:
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}')
    wanted = [f"@aws-sdk/client-{name}@{SDK}" for name in PACKAGES]
    _do("npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error", *wanted)


def _do(*command: object) -> None:
    words = [str(word) for word in command]
    subprocess.run(words, check=True, capture_output=True, text=True, timeout=PATIENCE)
