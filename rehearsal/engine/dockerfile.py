"""Dockerfiles, read: instructions with their flags, and what they may not be."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from rehearsal.engine import words
from rehearsal.engine.errors import BadRequestError

CONTINUED = re.compile(r"\\[ \t]*$")
DIRECTIVE = re.compile(r"#\s*([a-zA-Z]+)\s*=\s*(.+?)\s*$")
FLAG = re.compile(r"--([A-Za-z-]+)(?:=(\S*))?\s*")
HEREDOC = re.compile(r"(^|\s)<<-?['\"]?[A-Za-z_]")

# What each instruction may be told by flags.
FLAGS: dict[str, frozenset[str]] = {
    "FROM": frozenset({"platform"}),
    "COPY": frozenset({"from", "chown", "chmod", "link"}),
    "ADD": frozenset({"chown", "chmod", "link"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "start-interval", "retries"}),
}
PERFORMED = frozenset(
    {
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    }
)
NEEDS_A_DOCKER_ENGINE = {
    "RUN": "RUN executes a program inside the image, which this engine cannot isolate",
    "ONBUILD": "ONBUILD instructions are kept for other builds",
    "SHELL": "SHELL sets the shell of RUN",
}


class DockerfileError(BadRequestError):
    """The file is no Dockerfile."""


@dataclass(frozen=True)
class Instruction:
    """One instruction: `text` is the whole of it as written, `rest` what follows its name and its flags."""

    line: int
    name: str
    rest: str
    text: str
    flags: dict[str, str] = field(default_factory=dict)

    @property
    def unsupported(self) -> str:
        """Why this engine cannot perform it, or nothing."""
        if reason := NEEDS_A_DOCKER_ENGINE.get(self.name):
            return f"Dockerfile line {self.line}: {self.text}: {reason}; start a Docker engine to build this image."
        return ""

    def array(self) -> list[str] | None:
        """Return the rest as a list of strings if it is written as one in JSON."""
        try:
            value = json.loads(self.rest)
        except ValueError:
            return None
        is_array = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return list(value) if is_array else None

    def arguments(self) -> list[str]:
        """Return the arguments: a JSON list, or words between spaces."""
        listed = self.array()
        return self.rest.split() if listed is None else listed


def parse(text: str) -> list[Instruction]:
    """Return the instructions in order; what Docker's own parser refuses is refused in its words."""
    instructions = [_instruction(line, statement) for line, statement in _statements(text)]
    if not instructions:
        raise DockerfileError("failed to parse Dockerfile: file with no instructions")
    first = next((each for each in instructions if each.name != "ARG"), instructions[0])
    if first.name != "FROM":
        raise DockerfileError("no build stage in current context")
    return instructions


def _statements(text: str) -> list[tuple[int, str]]:
    """Return each statement on one line, with the number of the line that it begins on."""
    _check_directives(text)
    statements, pending, begun = [], "", 0
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        # Comments and empty lines may stand between the lines of one statement.
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        begun = begun or number
        if CONTINUED.search(line):
            pending += CONTINUED.sub("", line)
            continue
        statements.append((begun, (pending + line).strip()))
        pending, begun = "", 0
    return [*statements, (begun, pending.strip())] if pending.strip() else statements


def _check_directives(text: str) -> None:
    for line in text.splitlines():
        found = DIRECTIVE.match(line)
        if not found:
            return
        if found[1].lower() == "escape" and found[2] != "\\":
            raise DockerfileError(f"# escape={found[2]} is for Windows; the embedded engine knows the backslash only")


def _instruction(line: int, statement: str) -> Instruction:
    name, _, rest = statement.partition(" ") if " " in statement else statement.partition("\t")
    name = name.upper()
    if name not in PERFORMED and name not in NEEDS_A_DOCKER_ENGINE:
        raise DockerfileError(f"dockerfile parse error line {line}: unknown instruction: {name}")
    flags, rest = _flags(name, rest.strip(), line)
    if name in ("COPY", "ADD") and HEREDOC.search(rest):
        raise DockerfileError(
            f"dockerfile parse error line {line}: {name} with a here-document needs BuildKit, which this engine is not"
        )
    instruction = Instruction(line, name, rest, statement, flags)
    if name == "RUN" and HEREDOC.search(rest):
        # What follows is a program, not instructions, and must not be read as such.
        raise DockerfileError(instruction.unsupported)
    _check_arguments(instruction)
    return instruction


def _flags(name: str, rest: str, line: int) -> tuple[dict[str, str], str]:
    flags: dict[str, str] = {}
    while name in FLAGS and (found := FLAG.match(rest)):
        if found[1] not in FLAGS[name]:
            raise DockerfileError(f"dockerfile parse error line {line}: Unknown flag: {found[1]}")
        flags[found[1]] = found[2] or ""
        rest = rest[found.end() :]
    return flags, rest


def _check_arguments(instruction: Instruction) -> None:
    problem = _problem(instruction)
    if problem:
        raise DockerfileError(f"dockerfile parse error line {instruction.line}: {problem}")


def _problem(instruction: Instruction) -> str:
    name, count = instruction.name, len(instruction.arguments())
    if name == "FROM" and not (count == 1 or (count == 3 and instruction.arguments()[1].lower() == "as")):
        return "FROM requires either one or three arguments"
    if name in ("COPY", "ADD") and count < 2:
        given = "only one was provided" if count else "none were provided"
        return f"{name} requires at least two arguments, but {given}. Destination could not be determined"
    if name in ("WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER") and not count:
        return f"{name} requires exactly one argument"
    if name in ("EXPOSE", "VOLUME", "ARG", "HEALTHCHECK", "ENV", "LABEL") and not count:
        return f"{name} requires at least one argument"
    if name in ("ENV", "LABEL"):
        words.pairs(instruction.rest, name)
    return ""
