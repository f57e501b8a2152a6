"""Runs a buildspec as CodeBuild does: the phases' commands one after the other, all in one shell."""

import json
import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

PHASES = ("install", "pre_build", "build")
PRINT_ENVIRONMENT = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"


class Build(NamedTuple):
    """How a build ended."""

    code: int
    log: str
    exported: dict[str, str]
    artifacts: dict[str, str]


def run(buildspec: Path, folder: Path, environment: Mapping[str, str]) -> Build:
    """Run the buildspec in a folder; what is exported and kept is what the buildspec says."""
    spec: dict[str, Any] = yaml.safe_load(buildspec.read_text())
    assert spec["version"] == 0.2, "earlier versions run each command in a shell of its own"
    assert set(spec["phases"]) <= set(PHASES), "post_build would run after a failed build, too"
    commands = [command for phase in PHASES for command in spec["phases"].get(phase, {}).get("commands", [])]
    seen = folder.parent / "environment.json"
    seen.unlink(missing_ok=True)
    ending = f"python3 -c {shlex.quote(PRINT_ENVIRONMENT)} {shlex.quote(str(seen))}"
    script = "".join(f"eval {shlex.quote(command)} || exit $?\n" for command in [*commands, ending])
    finished = subprocess.run(
        ["sh", "-c", script],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    after = json.loads(seen.read_text()) if seen.exists() else {}
    exported = {name: after[name] for name in spec["env"]["exported-variables"] if name in after}
    kept = [folder / name for name in spec["artifacts"]["files"] if finished.returncode == 0]
    return Build(finished.returncode, finished.stdout, exported, {file.name: file.read_text() for file in kept})
