"""Small checkouts with the real `bin/`, a stub of the product, and locks that a folder of made-up wheels satisfies."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BIN = Path(__file__).parents[2] / "bin"
TOOLS = ("sh", "cat", "cksum", "dirname", "readlink", "tr")
SAYS_WHAT_IT_SEES = """
import json, os, sys
saw = {"arguments": sys.argv[1:], "folder": os.getcwd(), "prefix": sys.prefix, "file": __file__}
try:
    import greeting
    saw["greeting"] = greeting.VERSION
except ModuleNotFoundError:
    saw["greeting"] = None
print(json.dumps(saw))
sys.exit(int(os.environ.get("EXIT", "0")))
"""


def wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> str:
    """Write a wheel; the line that locks it is returned."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    about = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
        archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{about}/RECORD", "".join(f"{file},,\n" for file in files) + f"{about}/RECORD,,\n")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def saw(self) -> dict[str, Any]:
        """What the stub of the product printed about its surroundings."""
        seen: dict[str, Any] = json.loads(self.out)
        return seen

    @property
    def makings(self) -> int:
        """How many environments were begun."""
        return self.err.count(": making it")


@dataclass(frozen=True)
class Checkout:
    """A made-up checkout, a folder of wheels, and a PATH on which only chosen tools are found."""

    root: Path
    wheels: Path
    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def lock(self, version: str) -> None:
        """Ask for this version of the one package that the stub needs."""
        line = wheel(self.wheels, "greeting", version, {"greeting.py": f"VERSION = {version!r}\n"})
        pytest_line = wheel(self.wheels, "pytest", "1.0", {"pytest/__main__.py": SAYS_WHAT_IT_SEES})
        (self.root / "requirements.lock").write_text(line)
        (self.root / "requirements-dev.lock").write_text(line + pytest_line)
        (self.root / "requirements-policy.lock").write_text(line)

    def start(self, *command: str | Path, cwd: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        """Start a command of the checkout, in a process group of its own."""
        surroundings = {"PATH": str(self.path), "HOME": str(self.root), "TMPDIR": str(self.wheels), "PIP_NO_INDEX": "1"}
        surroundings |= {"PIP_FIND_LINKS": str(self.wheels), "PIP_CONFIG_FILE": os.devnull} | variables
        return subprocess.Popen(
            [self.root / "bin" / command[0], *command[1:]],
            cwd=cwd or self.root,
            env=surroundings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str | Path, cwd: Path | None = None, **variables: str) -> Outcome:
        """Run a command of the checkout to its end."""
        return ended(self.start(*command, cwd=cwd, **variables))


def ended(process: subprocess.Popen[str]) -> Outcome:
    """Wait for a command and say how it ended."""
    out, err = process.communicate(timeout=120)
    return Outcome(process.returncode, out, err)


def make_checkout(folder: Path) -> Checkout:
    """Lay out a checkout below the folder; a blank in its path is part of the test."""
    checkout = Checkout(folder / "a check out", folder / "wheels", folder / "path")
    shutil.copytree(BIN, checkout.root / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    (checkout.root / "pipeline").mkdir()
    (checkout.root / "pipeline" / "__init__.py").write_text("")
    (checkout.root / "pipeline" / "__main__.py").write_text(SAYS_WHAT_IT_SEES)
    checkout.wheels.mkdir()
    checkout.path.mkdir()
    for tool in TOOLS:
        (checkout.path / tool).symlink_to(shutil.which(tool) or tool)
    (checkout.path / "python3").symlink_to(Path(sys.executable).resolve())
    checkout.lock("1.0")
    return checkout
