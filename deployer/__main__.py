"""The deployer's command line. Exit code 0: done; 1: it failed; 2: it was told something wrong."""

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from deployer.discover import discover
from deployer.errors import ConfigurationError
from deployer.image import provide_image
from deployer.log import warn
from traffic.errors import FlipsideError


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a verb and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        if options.verb == "image":
            provide_image()
        else:
            discover(options.package)
    except (FlipsideError, ClientError, BotoCoreError) as error:
        if options.debug:
            traceback.print_exc()
        warn(_sentence(error))
        return 2 if isinstance(error, ConfigurationError) else 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m deployer", description="Provides a release's image and its place.")
    parser.add_argument("--debug", action="store_true", help="show the traceback of a failure")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    verbs.add_parser("image", help="build and push the commit's image, unless the repository has it")
    discover_verb = verbs.add_parser("discover", help="find out which side is live and pin the release to the other")
    discover_verb.add_argument(
        "--package", type=Path, metavar="FILE", help="the JSON file that names the package released with the image"
    )
    return parser


def _sentence(error: Exception) -> str:
    if isinstance(error, ClientError):
        answer = error.response.get("Error", {})
        return f"AWS answered {answer.get('Code')} to {error.operation_name}: {answer.get('Message')}"
    if isinstance(error, BotoCoreError):
        return f"AWS could not be asked: {error}"
    return str(error)


if __name__ == "__main__":
    sys.exit(main())
