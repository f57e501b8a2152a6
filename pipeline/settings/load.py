"""Reading a release.toml: all of it is right, or one UserMistake names every mistake with its line."""

import tomllib
from os import PathLike
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pipeline.errors import UserMistake
from pipeline.settings import syntax
from pipeline.settings.base import Mistake, dotted
from pipeline.settings.lines import lines
from pipeline.settings.mistakes import explained, unsound
from pipeline.settings.model import Settings
from pipeline.settings.sound import broken_rules


def read(path: str | PathLike[str]) -> Settings:
    """Read the settings from a file."""
    try:
        document = Path(path).read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise UserMistake(f"{path}: there is no such file; `flipside init` writes one") from None
    except IsADirectoryError:
        raise UserMistake(f"{path}: this is a folder; give the path of a release.toml") from None
    except UnicodeDecodeError as why:
        line = why.object.count(b"\n", 0, why.start) + 1
        raise UserMistake(f"{path}:{line}: this is not UTF-8; save the file as UTF-8 text") from None
    except OSError as why:
        raise UserMistake(f"{path}: this cannot be read: {why.strerror}") from None
    except ValueError:
        raise UserMistake(f"{str(path)!a}: this is no path; give the path of a release.toml") from None
    return parse(document, str(path))


def parse(document: str, name: str) -> Settings:
    """Read the settings from a document; its name is told with each mistake."""
    try:
        return _settings(document, name)
    except RecursionError:
        raise UserMistake(f"{name}: lists or tables are nested too deeply; release.toml needs three levels") from None


def _settings(document: str, name: str) -> Settings:
    # As tomllib does, so that lines are counted alike.
    document = document.replace("\r\n", "\n")
    try:
        given = tomllib.loads(document)
    except ValueError as why:
        raise UserMistake(syntax.explained(document, name, why)) from None
    if not given:
        raise UserMistake(f"{name}: nothing is set in this file; `flipside init` writes a commented one")
    try:
        return Settings.model_validate(given)
    except ValidationError as why:
        raise UserMistake(_report(document, name, given, why)) from None


def _report(document: str, name: str, given: dict[str, Any], why: ValidationError) -> str:
    errors = why.errors(include_url=False)
    mistakes = explained(Settings, errors)
    mistakes += broken_rules(Settings, given, set(unsound(Settings, errors)))
    placed = lines(document)
    told = [(_line(placed, mistake), f"{dotted(mistake.key)}: {mistake.sentence}") for mistake in mistakes]
    return "\n".join(f"{name}:{line}: {words}" for line, words in sorted(set(told)))


def _line(placed: dict[tuple[str | int, ...], int], mistake: Mistake) -> int:
    """Find the line of a key; one that is missing is put on the line of the table that it belongs to."""
    key = mistake.key
    while key and key not in placed:
        key = key[:-1]
    return placed.get(key, 1)
