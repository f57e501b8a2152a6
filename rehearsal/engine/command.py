"""From what an image says is run to what runs: paths of the image become paths of this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from rehearsal.engine import interpreters
from rehearsal.engine.errors import BadRequestError

BIND = Path(__file__).with_name("bind")
# Variables that hold lists of folders, and are of no use unless these folders are found.
PATHS = frozenset({"PATH", "PYTHONPATH", "NODE_PATH", "LD_LIBRARY_PATH", "RUBYLIB", "CLASSPATH", "PERL5LIB"})
EVERY_ADDRESS = frozenset({"", "0.0.0.0", "::", "[::]", "*"})  # noqa: S104 - what programs are told, replaced below
ELF = b"\x7fELF"
# Where an ELF file names the processor that it is for.
MACHINE = slice(18, 20)
FAILED = "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process"


class StartError(BadRequestError):
    """The program cannot be started; the container has this exit code then."""

    def __init__(self, program: str, problem: str, exit_code: int) -> None:
        """Say so as Docker's engine does."""
        super().__init__(f'{FAILED}: exec: "{program}": {problem}: unknown')
        self.exit_code = exit_code


class Command(NamedTuple):
    """What is run, where, and in which environment."""

    argv: list[str]
    folder: Path
    env: dict[str, str]


class Surroundings(NamedTuple):
    """Where a program runs: the image's files, its address if it has one of its own, its name, its scratch space."""

    root: Path
    address: str
    hostname: str
    scratch: Path

    def path(self, inside: str) -> Path | None:
        """Return where a path of the image is, if it is there."""
        if not inside.startswith("/"):
            return None
        outside = Path(os.path.normpath(f"{self.root}/{inside}"))
        is_inside = outside.is_relative_to(self.root)
        return outside if is_inside and (outside.exists() or outside.is_symlink()) else None


def command(argv: list[str], pairs: list[str], folder: str, around: Surroundings) -> Command:
    """Return what runs when a container is to run this."""
    env = _environment(dict(pair.partition("=")[::2] for pair in pairs), around)
    place = Path(os.path.normpath(f"{around.root}/{folder}"))
    place.mkdir(parents=True, exist_ok=True)
    program = _program(argv[0], env["PATH"], place, around)
    if not _is_for_this_machine(program):
        # The kernel would refuse it, and the shell that starts it would try to read it as a script.
        complaint = f"exec {argv[0]}: exec format error"
        return Command(["/bin/sh", "-c", 'echo "$0" >&2; exit 1', complaint], place, env)
    return Command([str(program), *(_argument(each, around) for each in argv[1:])], place, env)


def _environment(given: dict[str, str], around: Surroundings) -> dict[str, str]:
    env = {"HOSTNAME": around.hostname, "HOME": os.environ.get("HOME", "/"), "TMPDIR": str(around.scratch)}
    env |= {name: _folders(value, around) if name in PATHS else value for name, value in given.items()}
    env["PATH"] = os.pathsep.join(filter(None, [env.get("PATH"), os.environ.get("PATH", os.defpath)]))
    return {**env, **_listening(env, around.address)} if around.address else env


def _listening(env: dict[str, str], address: str) -> dict[str, str]:
    """Return what makes programs listen on the container's own address instead of on every one."""
    told = {name: address for name in ("HOST", "BIND_HOST") if env.get(name, "") in EVERY_ADDRESS}
    return told | {
        "CONTAINER_ADDRESS": address,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(BIND), env.get("PYTHONPATH")])),
        "NODE_OPTIONS": " ".join(filter(None, [f'--require "{BIND / "bind.cjs"}"', env.get("NODE_OPTIONS")])),
    }


def _folders(value: str, around: Surroundings) -> str:
    return os.pathsep.join(str(found) for folder in value.split(os.pathsep) if (found := around.path(folder)))


def _argument(argument: str, around: Surroundings) -> str:
    """Return an argument, or where it leads if it names something in the image (`/x` or `--option=/x`)."""
    name, equals, value = argument.partition("=")
    if equals and name.startswith("-") and (found := _named(value, around)):
        return f"{name}={found}"
    return _named(argument, around) or argument


def _named(text: str, around: Surroundings) -> str:
    # The root itself is no file that anybody means: it is the start of a web address more often.
    found = around.path(text) if text.strip("/") else None
    return str(found) if found else ""


def _program(name: str, path: str, folder: Path, around: Surroundings) -> Path:
    """Return the program: the image's own, or else this machine's of the same name."""
    if "/" not in name:
        found = interpreters.find(name, path)
        if not found:
            raise StartError(name, "executable file not found in $PATH", 127)
        return found
    inside = around.path(name) if name.startswith("/") else folder / name
    if inside and inside.exists():
        if inside.is_dir() or not os.access(inside, os.X_OK):
            raise StartError(name, "permission denied", 126)
        return inside
    outside = interpreters.find(name, path) or interpreters.find(Path(name).name, path)
    if not outside:
        raise StartError(name, f"stat {name}: no such file or directory", 127)
    return outside


def _is_for_this_machine(program: Path) -> bool:
    with Path(sys.executable).open("rb") as own, program.open("rb") as file:
        ours, theirs = own.read(20), file.read(20)
    if not ours.startswith(ELF):
        return True
    is_program = theirs.startswith(ELF) and theirs[MACHINE] == ours[MACHINE]
    return is_program or theirs.startswith(b"#!")
