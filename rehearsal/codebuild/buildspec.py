"""The buildspec: read, checked, and turned into values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml  # type: ignore[import-untyped]  # PyYAML ships no types

from rehearsal.codebuild.errors import BuildError

PHASES = ("install", "pre_build", "build", "post_build")
SECTIONS = frozenset({"version", "run-as", "env", "proxy", "batch", "phases", "reports", "artifacts", "cache"})
ENV = frozenset(
    {"shell", "variables", "parameter-store", "secrets-manager", "exported-variables", "git-credential-helper"}
)
PHASE = frozenset({"run-as", "on-failure", "runtime-versions", "commands", "finally", "steps"})
ARTIFACTS = frozenset(
    {
        "files",
        "name",
        "discard-paths",
        "base-directory",
        "exclude-paths",
        "enable-symlinks",
        "s3-prefix",
        "secondary-artifacts",
    }
)
SHELLS = {"sh": "sh", "/bin/sh": "sh", "bash": "bash", "/bin/bash": "bash"}


@dataclass(frozen=True)
class Phase:
    """The commands of one phase."""

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    goes_on: bool = False


@dataclass(frozen=True)
class Output:
    """Which files make an artifact."""

    files: tuple[str, ...]
    name: str = ""
    base: str = ""
    excluded: tuple[str, ...] = ()
    flat: bool = False


@dataclass(frozen=True)
class Buildspec:
    """All that a build is told to do."""

    shell: str = "sh"
    variables: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    phases: dict[str, Phase] = field(default_factory=dict)
    artifacts: Output | None = None
    secondary: dict[str, Output] = field(default_factory=dict)


def _wrong(text: str) -> BuildError:
    return BuildError("YAML_FILE_ERROR", text)


def parse(text: str) -> Buildspec:
    """Read a buildspec; raises a BuildError that says what is wrong."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise _wrong(f"YAML location: {getattr(error, 'problem_mark', '')}: {error}") from None
    if not isinstance(document, dict):
        raise _wrong("A buildspec is a mapping with version and phases.")
    if str(document.get("version")) != "0.2":
        raise _wrong(f"The rehearsal supports buildspec version 0.2, not {document.get('version')}.")
    _only(document, SECTIONS, "the buildspec")
    if document.get("reports"):
        raise _wrong("The rehearsal does not support reports in a buildspec.")
    env, artifacts = _mapping(document, "env"), _mapping(document, "artifacts")
    _only(env, ENV, "env")
    return Buildspec(
        shell=_shell(env),
        variables={name: _text(value) for name, value in _mapping(env, "variables").items()},
        parameters={name: str(value) for name, value in _mapping(env, "parameter-store").items()},
        secrets={name: str(value) for name, value in _mapping(env, "secrets-manager").items()},
        exported=tuple(map(str, _list(env, "exported-variables"))),
        phases=_phases(_mapping(document, "phases")),
        artifacts=_output(artifacts) if "files" in artifacts else None,
        secondary={name: _output(each) for name, each in _mapping(artifacts, "secondary-artifacts").items()},
    )


def _shell(env: dict[str, Any]) -> str:
    wanted = str(env.get("shell", "sh"))
    if wanted not in SHELLS:
        raise _wrong(f"The rehearsal supports the shells bash and sh, not {wanted}.")
    return SHELLS[wanted]


def _phases(found: dict[str, Any]) -> dict[str, Phase]:
    if not found:
        raise _wrong("At least one phase has to be specified in the buildspec.")
    _only(found, frozenset(PHASES), "phases")
    return {name: _phase(name, found[name] or {}) for name in PHASES if name in found}


def _phase(name: str, found: dict[str, Any]) -> Phase:
    _only(found, PHASE, f"the phase {name}")
    reaction = str(found.get("on-failure", "ABORT"))
    if reaction not in ("ABORT", "CONTINUE"):
        raise _wrong(f"The rehearsal does not support on-failure: {reaction}; it supports ABORT and CONTINUE.")
    if "runtime-versions" in found and name != "install":
        raise _wrong("runtime-versions belong to the phase install.")
    return Phase(_commands(found, "commands"), _commands(found, "finally"), goes_on=reaction == "CONTINUE")


def _commands(found: dict[str, Any], name: str) -> tuple[str, ...]:
    commands = _list(found, name)
    for command in commands:
        if not isinstance(command, (str, int, float)):
            # A colon and a space within a command make YAML see a mapping.
            raise _wrong(f"Expected {name}[] to be of string type: found subkeys instead in {command}")
    return tuple(map(str, commands))


def _output(found: dict[str, Any]) -> Output:
    _only(found, ARTIFACTS, "artifacts")
    if found.get("s3-prefix"):
        raise _wrong("The rehearsal does not support s3-prefix of artifacts.")
    return Output(
        files=tuple(map(str, _list(found, "files"))),
        name=str(found.get("name", "")),
        base=str(found.get("base-directory", "")),
        excluded=tuple(map(str, _list(found, "exclude-paths"))),
        flat=str(found.get("discard-paths", "no")).lower() in ("yes", "true"),
    )


def _only(found: dict[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        raise _wrong(f"Unknown key {unknown[0]} in {where}; known are {', '.join(sorted(known))}.")
    if "steps" in found:
        raise _wrong(f"The rehearsal does not support steps in {where}.")


def _mapping(found: dict[str, Any], name: str) -> dict[str, Any]:
    value = found.get(name) or {}
    if not isinstance(value, dict):
        raise _wrong(f"{name} has to be a mapping.")
    return value


def _list(found: dict[str, Any], name: str) -> list[Any]:
    value = found.get(name) or []
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
