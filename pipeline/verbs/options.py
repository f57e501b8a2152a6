"""The flags that several verbs have."""

import argparse
from pathlib import Path


def common(parser: argparse.ArgumentParser) -> None:
    """Add the flags that every verb has."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON on stdout, all else on stderr")
    parser.add_argument("--no-color", action="store_true", help="no colours (NO_COLOR does the same)")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")


def config(parser: argparse.ArgumentParser) -> None:
    """Add the flag of a verb that reads settings."""
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the settings (default: release.toml in this directory or the nearest one above)",
    )


def aws(parser: argparse.ArgumentParser) -> None:
    """Add the flags of a verb that talks to AWS."""
    parser.add_argument("--region", metavar="NAME", help="AWS region (default: AWS_REGION, or the profile's)")
    parser.add_argument("--profile", metavar="NAME", help="AWS profile (default: AWS_PROFILE)")
