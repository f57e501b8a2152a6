"""A directory of synthesized templates: complete, and nobody else's.

A manifest in it names the files that synth wrote. A file that it does not name is somebody's: then nothing is touched.
The manifest is written before the first template and again after the last, so that a run which was cut off leaves no
file that the next one would take for a stranger's.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import UserMistake

# Not *.json: that means the templates.
MANIFEST = ".synthesized"
PARTIAL = ".partial"


@dataclass(frozen=True)
class Written:
    """One template in the directory."""

    file: str
    sha256: str
    bytes: int


def write(folder: Path, templates: Mapping[str, bytes], about: Mapping[str, Any]) -> list[Written]:
    """Make the directory hold these files, each whole at any moment, and no others that synth wrote."""
    ours = _own_files(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = [Written(name, hashlib.sha256(body).hexdigest(), len(body)) for name, body in sorted(templates.items())]
    _write_manifest(folder, about, sorted({*ours, *templates}))
    for name, body in templates.items():
        _replace(folder / name, body)
    for left in ours - templates.keys():
        (folder / left).unlink(missing_ok=True)
    _write_manifest(folder, about, sorted(templates))
    return written


def _own_files(folder: Path) -> set[str]:
    """Return the files that an earlier run wrote; refuse a directory that holds any other."""
    if not folder.exists():
        return set()
    if not folder.is_dir():
        raise UserMistake(f"{folder} is a file; --out names a directory.")
    found = {path.name for path in folder.iterdir()} - {MANIFEST}
    ours = _named_in(folder / MANIFEST)
    strangers = sorted(name for name in found if name.removesuffix(PARTIAL) not in {*ours, MANIFEST})
    if strangers:
        shown = ", ".join(strangers[:5]) + (" ..." if len(strangers) > 5 else "")
        raise UserMistake(f"{folder} holds files that synth did not write ({shown}); choose another --out.")
    return found


def _named_in(manifest: Path) -> set[str]:
    if not manifest.exists():
        return set()
    try:
        named = json.loads(manifest.read_bytes())["files"]
    except (ValueError, KeyError, TypeError):
        raise UserMistake(f"{manifest} was not written by synth; choose another --out.") from None
    return set(named)


def _write_manifest(folder: Path, about: Mapping[str, Any], files: list[str]) -> None:
    _replace(folder / MANIFEST, json.dumps({**about, "files": files}, indent=1).encode() + b"\n")


def _replace(path: Path, body: bytes) -> None:
    partial = path.with_name(path.name + PARTIAL)
    partial.write_bytes(body)
    partial.replace(path)
