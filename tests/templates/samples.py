"""The settings files of tests/settings and the templates that they come to."""

import json
import tomllib
from functools import cache
from typing import Any

from pipeline.settings import Settings
from templates.synthesis import Synthesis, synthesize
from tests.support.project import ROOT

SETTINGS = ROOT / "tests" / "settings"
GOLDEN = ROOT / "tests" / "golden"
NAMES = sorted(path.stem for path in SETTINGS.glob("*.toml"))

Template = dict[str, Any]


def document(name: str) -> dict[str, Any]:
    """Return a settings file as it is written."""
    return tomllib.loads((SETTINGS / f"{name}.toml").read_text())


@cache
def settings(name: str) -> Settings:
    """Return the settings of a file."""
    return Settings.model_validate(document(name))


@cache
def synthesis(name: str) -> Synthesis:
    """Return what a file comes to."""
    return synthesize(settings(name))


def templates(name: str) -> dict[str, Template]:
    """Return a file's templates."""
    return parsed(synthesis(name))


def parsed(synthesized: Synthesis) -> dict[str, Template]:
    """Return templates as values."""
    return {stack: json.loads(body) for stack, body in synthesized.templates.items()}


def every_template() -> list[tuple[str, str]]:
    """Return the file and the stack of every template there is."""
    return [(name, stack) for name in NAMES for stack in sorted(synthesis(name).templates)]


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Return a template's resources of one type, by title."""
    return {title: each for title, each in template["Resources"].items() if each["Type"] == kind}
