"""What Lambda tells a function about the invocation itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from traffic.errors import FlipsideError

if TYPE_CHECKING:
    from traffic.settle import Checkpoint

# A step takes well under a second, or 12 s when every attempt of a call runs into its timeouts; the answer follows it.
ROOM_FOR_A_STEP = 20


class OutOfTimeError(FlipsideError):
    """Too little time is left for another step and an answer."""


class Context(Protocol):
    """The part of Lambda's context object that is used."""

    @property
    def aws_request_id(self) -> str:
        """Names the invocation in Lambda's log."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the function."""


def request_of(context: object, otherwise: str) -> str:
    """What names the invocation in the log; whoever invokes the handler by hand may have given it no name."""
    return getattr(context, "aws_request_id", None) or otherwise


def in_time(context: Context) -> Checkpoint:
    """A checkpoint that stops before a step which the function might not survive."""
    clock = getattr(context, "get_remaining_time_in_millis", None)

    def checkpoint() -> None:
        left = clock() / 1000 if clock else math.inf
        if left < ROOM_FOR_A_STEP:
            raise OutOfTimeError(
                f"Only {left:.0f} s are left until the function's timeout, and the next step may take "
                f"{ROOM_FOR_A_STEP} s; it was not begun."
            )

    return checkpoint
