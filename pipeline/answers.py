"""What a release.toml cannot do without: taken from flags, asked for on a terminal, named off one."""

import argparse
import re

from pipeline.ask import Asker
from pipeline.errors import UserMistake
from pipeline.settings import parse
from pipeline.settings.skeleton import skeleton
from pipeline.settings.source import CONNECTED, REPOSITORY

PROVIDERS = tuple(REPOSITORY)
SAMPLE = {"codecommit": "sample", "s3": "sample/sample.zip"}
SAMPLE_CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/0f2d1c3b"
PLACE = re.compile(r"^[^\n]*?:\d+: (\S+): ", re.MULTILINE)


def add_arguments(parser: argparse.ArgumentParser, title: str) -> None:
    """Add a flag for each answer, under a title."""
    flags = parser.add_argument_group(title)
    flags.add_argument("--app", "--stack-name", dest="app", metavar="NAME", help="names the application and its stack")
    flags.add_argument("--provider", choices=PROVIDERS, help="where the repository lives (default: github)")
    flags.add_argument("--repository", metavar="NAME", help="the source repository, as its provider names it")
    flags.add_argument("--branch", metavar="NAME", help="the branch whose commits are released (default: main)")
    flags.add_argument("--connection-arn", metavar="ARN", help="the CodeConnections connection to the provider")


def given(args: argparse.Namespace) -> dict[str, str]:
    """Return the answers that were given as flags."""
    names = ("app", "provider", "repository", "branch", "connection_arn")
    return {name: value for name in names if (value := getattr(args, name))}


def document(answers: dict[str, str], asker: Asker, *, name: str) -> str:
    """Return a release.toml that holds the answers, and is valid."""
    whole = _asked(answers, asker) if asker.answers else _complete(answers)
    written = _skeleton(whole)
    parse(written, name)
    return written


def _complete(answers: dict[str, str]) -> dict[str, str]:
    needed = ["app", "repository"]
    if answers.get("provider", "github") in CONNECTED:
        needed.append("connection_arn")
    missing = [f"--{name.replace('_', '-')}" for name in needed if name not in answers]
    if missing:
        raise UserMistake(f"{', '.join(missing)} must be given, since nobody can be asked here.")
    return answers


def _asked(answers: dict[str, str], asker: Asker) -> dict[str, str]:
    whole = dict(answers)
    _ask(whole, "app", "Name of the application and of its stack", asker)
    if "provider" not in whole:
        whole["provider"] = asker.choice("Where does the repository live?", PROVIDERS, default="github")
    words = REPOSITORY[whole["provider"]].words.replace("`", "")
    _ask(whole, "repository", f"Source repository ({words})", asker)
    if whole["provider"] != "s3":
        _ask(whole, "branch", "Branch", asker, default="main")
    if whole["provider"] in CONNECTED:
        asker.terminal.say("The connection is made once, in the console: Developer Tools > Settings > Connections.")
        _ask(whole, "connection_arn", "ARN of the connection", asker)
    return whole


def _ask(whole: dict[str, str], name: str, question: str, asker: Asker, *, default: str = "") -> None:
    if name not in whole:
        whole[name] = asker.text(question, default=default, check=lambda answer: _wrong(whole, name, answer))


def _wrong(answers: dict[str, str], name: str, answer: str) -> str | None:
    """Say what the settings have against an answer, with samples in the place of what is not known yet."""
    provider = answers.get("provider", "codecommit")
    samples = {"app": "sample", "provider": provider, "repository": SAMPLE.get(provider, "sample/sample")}
    if provider in CONNECTED:
        samples["connection_arn"] = SAMPLE_CONNECTION
    try:
        parse(_skeleton({**samples, name: answer}), "")
    except UserMistake as mistake:
        return PLACE.sub("", str(mistake))
    return None


def _skeleton(answers: dict[str, str]) -> str:
    return skeleton(**{"app": "", "repository": "", **answers})
