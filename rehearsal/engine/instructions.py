"""What each instruction of a Dockerfile does to the configuration of an image."""

from __future__ import annotations

import posixpath
import re
import signal
from typing import TYPE_CHECKING, Any

from rehearsal.engine import words
from rehearsal.engine.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.engine.dockerfile import Instruction
    from rehearsal.engine.stage import Stage

SHELL = ["/bin/sh", "-c"]
PORT = re.compile(r"(\d+)(?:-(\d+))?(?:/(tcp|udp|sctp))?\Z", re.IGNORECASE)
DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")
UNITS = {"ns": 1, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9, "m": 60e9, "h": 3600e9}
LAST_SIGNAL = 64


def configure(stage: Stage, instruction: Instruction) -> str:
    """Perform an instruction that only changes the configuration, and return how the history tells it."""
    return CONFIGURING[instruction.name](stage, instruction)


def _env(stage: Stage, instruction: Instruction) -> str:
    told = _pairs(stage, instruction)
    merged = {**stage.environment, **dict(told)}
    stage.config["Env"] = [f"{name}={value}" for name, value in merged.items()]
    return " ".join(f"{name}={value}" for name, value in told)


def _label(stage: Stage, instruction: Instruction) -> str:
    told = _pairs(stage, instruction)
    stage.config["Labels"] = {**(stage.config.get("Labels") or {}), **dict(told)}
    return " ".join(f"{name}={value}" for name, value in told)


def _expose(stage: Stage, instruction: Instruction) -> str:
    ports = [port for word in _words(stage, instruction) for port in _ports(word)]
    exposed = {**(stage.config.get("ExposedPorts") or {}), **{port: {} for port in ports}}
    stage.config["ExposedPorts"] = dict(sorted(exposed.items()))
    return " ".join(ports)


def _volume(stage: Stage, instruction: Instruction) -> str:
    places = [words.expand(word, stage.variables) for word in instruction.arguments()]
    stage.config["Volumes"] = {**(stage.config.get("Volumes") or {}), **{place: {} for place in places}}
    return f"[{' '.join(places)}]"


def _user(stage: Stage, instruction: Instruction) -> str:
    stage.config["User"] = words.expand(instruction.rest, stage.variables)
    return str(stage.config["User"])


def _stop_signal(stage: Stage, instruction: Instruction) -> str:
    name = words.expand(instruction.rest, stage.variables)
    signal_number(name)
    stage.config["StopSignal"] = name
    return name


def _command(stage: Stage, instruction: Instruction) -> str:
    stage.config["Cmd"] = _argv(instruction)
    stage.command_is_own = True
    return _told_list(stage.config["Cmd"])


def _entrypoint(stage: Stage, instruction: Instruction) -> str:
    stage.config["Entrypoint"] = _argv(instruction)
    # A command that came with the base image was meant for its own entrypoint.
    if not stage.command_is_own:
        stage.config["Cmd"] = None
    return _told_list(stage.config["Entrypoint"])


def _maintainer(stage: Stage, instruction: Instruction) -> str:
    stage.author = instruction.rest
    return stage.author


def _health_check(stage: Stage, instruction: Instruction) -> str:
    kind, _, rest = instruction.rest.partition(" ")
    if kind.upper() == "NONE":
        stage.config["Healthcheck"] = {"Test": ["NONE"]}
        return "NONE"
    if kind.upper() != "CMD" or not rest.strip():
        raise BadRequestError(f"Unknown type {kind!r} in HEALTHCHECK (try CMD)")
    listed = type(instruction)(instruction.line, "CMD", rest.strip(), instruction.text).array()
    check: dict[str, Any] = {"Test": ["CMD", *listed] if listed else ["CMD-SHELL", rest.strip()]}
    for flag, key in HEALTH_FLAGS.items():
        if flag in instruction.flags:
            check[key] = nanoseconds(instruction.flags[flag], flag)
    if "retries" in instruction.flags:
        check["Retries"] = _count(instruction.flags["retries"])
    stage.config["Healthcheck"] = check
    return _told_list(check["Test"])


HEALTH_FLAGS = {
    "interval": "Interval",
    "timeout": "Timeout",
    "start-period": "StartPeriod",
    "start-interval": "StartInterval",
}
CONFIGURING: dict[str, Callable[[Stage, Instruction], str]] = {
    "ENV": _env,
    "LABEL": _label,
    "EXPOSE": _expose,
    "VOLUME": _volume,
    "USER": _user,
    "STOPSIGNAL": _stop_signal,
    "CMD": _command,
    "ENTRYPOINT": _entrypoint,
    "MAINTAINER": _maintainer,
    "HEALTHCHECK": _health_check,
}


def folder_of(stage: Stage, instruction: Instruction) -> str:
    """Return the folder that a WORKDIR sets."""
    given = words.expand(instruction.rest, stage.variables)
    return posixpath.normpath(posixpath.join("/", stage.folder, given))


def signal_number(name: str) -> int:
    """Return the number of a signal that is named, or given as a number."""
    if name.isdecimal() and 1 <= int(name) <= LAST_SIGNAL:
        return int(name)
    found = getattr(signal.Signals, f"SIG{name.upper().removeprefix('SIG')}", None)
    if not isinstance(found, signal.Signals):
        raise BadRequestError(f"Invalid signal: {name}")
    return found.value


def nanoseconds(text: str, what: str) -> int:
    """Read a duration as Go writes it, `1m30s` for instance."""
    parts = DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise BadRequestError(f"invalid duration for {what}: {text!r}")
    return int(sum(float(number) * UNITS[unit] for number, unit in parts))


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BadRequestError(f"--retries must be at least 1 (not {text})")
    return int(text)


def _argv(instruction: Instruction) -> list[str]:
    listed = instruction.array()
    return [*SHELL, instruction.rest] if listed is None else listed


def _told_list(argv: list[str]) -> str:
    return "[" + " ".join(f'"{argument}"' for argument in argv) + "]"


def _pairs(stage: Stage, instruction: Instruction) -> list[tuple[str, str]]:
    variables = stage.variables
    told = words.pairs(instruction.rest, instruction.name)
    return [(words.expand(name, variables), words.expand(value, variables)) for name, value in told]


def _words(stage: Stage, instruction: Instruction) -> list[str]:
    return [part for word in instruction.arguments() for part in words.expand(word, stage.variables).split()]


def _ports(word: str) -> list[str]:
    found = PORT.match(word)
    if not found:
        raise BadRequestError(f"Invalid containerPort: {word}")
    first, last = int(found[1]), int(found[2] or found[1])
    protocol = (found[3] or "tcp").lower()
    if not 0 < first <= last < 1 << 16:
        raise BadRequestError(f"Invalid containerPort: {word}")
    return [f"{port}/{protocol}" for port in range(first, last + 1)]
