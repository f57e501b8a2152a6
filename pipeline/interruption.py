"""Ctrl-C, with an answer to the question that follows it: what state are things in now?"""

from dataclasses import dataclass

from traffic.errors import FlipsideError


class Interrupted(FlipsideError):
    """The user stopped the program; the message says how things stand (exit 130)."""


@dataclass
class Standing:
    """How things would stand if the program ended at this moment."""

    sentence: str = "This run changed nothing."
