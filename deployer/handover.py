"""The files through which one action of the pipeline hands over to the next."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deployer.errors import ConfigurationError
from traffic.errors import FlipsideError

BUILD = Path("build.json")
VARIABLES = Path("build.env")


def read(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as why:
        raise ConfigurationError(f"{path} cannot be read: {why.strerror or why}.") from why
    except ValueError as why:
        raise ConfigurationError(f"{path} is not JSON: {why}.") from why
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} holds {json.dumps(document)[:40]} where a JSON object is expected.")
    return document


def text(document: Mapping[str, Any], key: str, path: Path) -> str:
    """Return the text that stands under a key of the document."""
    value = document.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ConfigurationError(f"{path} needs {key!r}, a text that is not empty; it holds {json.dumps(value)[:40]}.")
    return value.strip()


def write(build: Mapping[str, str], variables: Mapping[str, str]) -> None:
    """Hand over build.json to the next action and the variables to the shell that runs the buildspec."""
    assignments = [f"{name}={shlex.quote(value)}\n" for name, value in variables.items()]
    replace(VARIABLES, "".join(assignments).encode())
    replace(BUILD, f"{json.dumps(build, indent=2)}\n".encode())


def replace(path: Path, content: bytes) -> None:
    """Write a file so that whoever reads it finds the old content or the new, and never a part."""
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_bytes(content)
        draft.replace(path)
    except OSError as why:
        draft.unlink(missing_ok=True)
        raise FlipsideError(f"{path} cannot be written: {why.strerror or why}.") from why
