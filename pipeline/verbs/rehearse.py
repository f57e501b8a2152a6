"""Rehearse releases on this machine: no AWS account, no root, and no Docker needed.

Starts a local AWS, launches the very stacks that `deploy` launches, pushes commits with git, approves, rolls back and
takes everything down again, while production is asked all the time. Ends with 0 only if everything that must hold did.
On a terminal it asks before each approval.
"""

import argparse
import signal
from pathlib import Path
from typing import Any

from pipeline.ask import Asker
from pipeline.errors import UserMistake
from pipeline.interruption import Interrupted
from pipeline.rehearse.performance import Performance, Wishes
from pipeline.rehearse.stories import STORIES
from pipeline.terminal import Terminal

EXAMPLE = """\
  flipside rehearse
  flipside rehearse --yes --json
  flipside rehearse --app ~/shop --config ~/shop/release.toml --keep"""
FAILED = 1
MOST_REQUESTS = 1000.0
MOST_PORT = 65535
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags."""
    parser.add_argument("--yes", action="store_true", help="approve without asking; so it is where nobody can be asked")
    parser.add_argument("--keep", action="store_true", help="leave it running after the story, until Ctrl-C")
    parser.add_argument("--app", type=Path, metavar="PATH", help="your repository (default: the sample application)")
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="its settings (default: release.toml in it or above it)"
    )
    parser.add_argument("--strategy", choices=sorted(STORIES), help="default: what the settings say")
    parser.add_argument("--engine", choices=("auto", "docker", "embedded"), default="auto", help="what runs containers")
    parser.add_argument(
        "--base", default="", metavar="IMAGE", help="the sample's base image with Docker, with a python3"
    )
    parser.add_argument("--port", type=int, default=0, metavar="N", help="where the local AWS listens (default: any)")
    parser.add_argument("--rate", type=float, default=200.0, metavar="N", help="requests per second (default: 200)")


def run(args: argparse.Namespace) -> int:
    """Rehearse."""
    if not 1 <= args.rate <= MOST_REQUESTS:
        raise UserMistake(f"--rate {args.rate:g} is not valid; give 1 to {MOST_REQUESTS:g} requests per second.")
    if not 0 <= args.port <= MOST_PORT:
        raise UserMistake(
            f"--port {args.port} is not valid; give 1 to {MOST_PORT}, or leave it out for any that is free."
        )
    if args.base and args.app:
        raise UserMistake(
            "--base is what the sample is built on, and --app rehearses another repository: leave one out."
        )
    terminal = Terminal.standard(to_stderr=args.json, colour=not args.no_color)
    asker = Asker(terminal, args.yes or not terminal.answers)
    names = ("app", "config", "strategy", "engine", "port", "rate", "base", "keep", "json")
    performance = Performance(Wishes(**{name: getattr(args, name) for name in names}), asker)
    for number in SIGNALS:
        signal.signal(number, _interrupt)
    try:
        return 0 if performance.perform() else FAILED
    except KeyboardInterrupt:
        if performance.result:
            # It was kept up, and this is how that ends.
            terminal.say("Everything that was started has ended.")
            return 0 if performance.result["ok"] else FAILED
        raise Interrupted("interrupted. Everything that was started has ended.") from None


def _interrupt(*unused: Any) -> None:
    """End once: whoever asks again while everything is being taken down would only be left with half of it."""
    del unused
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
