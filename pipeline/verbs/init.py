"""Write a commented release.toml, with every key in it and what it is for.

On a terminal it asks for what was not given; elsewhere it names what is missing. A file that is there is left alone.
"""

import argparse
from pathlib import Path

from pipeline import answers, release_file
from pipeline.ask import Asker
from pipeline.terminal import Terminal, print_json

EXAMPLE = "  flipside init --app greeter --provider codecommit --repository greeter"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    answers.add_arguments(parser, "what the file begins with")
    parser.add_argument(
        "--out", type=Path, default=Path(release_file.NAME), metavar="FILE", help=f"default: {release_file.NAME}"
    )
    parser.add_argument("--force", action="store_true", help="replace the file if it is there")


def run(args: argparse.Namespace) -> int:
    """Ask, check, write."""
    terminal = Terminal.standard(to_stderr=args.json, colour=not args.no_color)
    release_file.refuse(args.out, force=args.force)
    document = answers.document(answers.given(args), Asker(terminal), name=str(args.out))
    release_file.write(args.out, document, force=args.force)
    terminal.say(f"{args.out} is written. Read it through, then `flipside deploy` launches what it describes.")
    if args.json:
        print_json({"written": str(args.out)})
    return 0
