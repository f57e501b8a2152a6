"""Launch the release pipeline that release.toml describes, or bring it up to date.

Publishes templates and code to the template bucket, shows what CloudFormation would change, asks, and shows the
progress of all stacks as one tree. Asks on a terminal for what is missing, elsewhere names it. Safe to run again at any
time: it goes on from whatever it finds.
"""

import argparse
from pathlib import Path

from pipeline import answers, release_file
from pipeline.ask import Asker
from pipeline.aws import Aws
from pipeline.clock import Clock
from pipeline.deployment import Deployment
from pipeline.errors import UserMistake
from pipeline.interruption import Interrupted, Standing
from pipeline.settings import Settings, read
from pipeline.terminal import Terminal, print_json
from pipeline.verbs import options
from traffic.errors import Refused

EXAMPLE = """\
  flipside deploy
  flipside deploy --create-bucket --yes --json --region eu-west-1"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    options.config(parser)
    options.aws(parser)
    parser.add_argument("--bucket", metavar="NAME", help="the template bucket (default: the one the stack uses)")
    parser.add_argument("--create-bucket", action="store_true", help="make the template bucket if it is not there")
    parser.add_argument("--yes", action="store_true", help="agree beforehand to everything that would be asked")
    answers.add_arguments(parser, "if there is no release.toml yet, one is written from")


def run(args: argparse.Namespace) -> int:
    """Deploy."""
    terminal = Terminal.standard(to_stderr=args.json, colour=not args.no_color)
    asker = Asker(terminal, args.yes)
    settings = _settings(args, asker)
    standing = Standing()
    try:
        deployment = Deployment(Aws(args.region, args.profile), asker, Clock(), standing)
        result = deployment.bring_about(settings, args.bucket, create_bucket=args.create_bucket)
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted. {standing.sentence}") from None
    if args.json:
        print_json(result)
    return 0


def _settings(args: argparse.Namespace, asker: Asker) -> Settings:
    given = answers.given(args)
    path = args.config or release_file.nearest(Path.cwd())
    if path is None:
        path = _begun(given, asker)
    settings = read(path)
    _agree(settings, given, path)
    return settings


def _begun(given: dict[str, str], asker: Asker) -> Path:
    """Write the release.toml that is not there."""
    path = Path(release_file.NAME)
    missing = f"There is no {path} in {Path.cwd()} or above it."
    if not given and not asker.answers:
        raise UserMistake(f"{missing} `flipside init` writes one; --config FILE names another.")
    if not given and not asker.consent(f"{missing} Write one now?"):
        raise Refused(f"Without a {path} there is nothing to deploy; nothing was changed.")
    release_file.write(path, answers.document(given, asker, name=str(path)))
    asker.terminal.say(f"{path} is written.")
    return path


def _agree(settings: Settings, given: dict[str, str], path: Path) -> None:
    """Refuse a flag that contradicts the file: what is deployed is what is written there."""
    written = {"app": settings.app, **settings.source.model_dump(include=set(given) - {"app"})}
    for name, value in given.items():
        if written[name] != value:
            flag = f"--{name.replace('_', '-')}"
            raise UserMistake(f"{flag} says {value!r}, but {path} says {written[name]!r}: change it there.")
