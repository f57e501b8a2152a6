"""What Lambda tells a function about the invocation itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from traffic.errors import FlipsideError

if TYPE_CHECKING:
    from traffic.settle import Checkpoint

# A step takes well under a second, or about 9 s when every attempt of a call runs into its timeout.
ROOM_FOR_A_STEP = 10


class OutOfTimeError(FlipsideError):
    """Too little time is left for another step and an answer."""


class Context(Protocol):
    """The part of Lambda's context object that is used."""

    @property
    def aws_request_id(self) -> str:
        """Names the invocation in Lambda's log."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the function."""


def in_time(context: Context) -> Checkpoint:
    """A checkpoint that stops before a step which the function might not survive."""

    def checkpoint() -> None:
        left = context.get_remaining_time_in_millis() / 1000
        if left < ROOM_FOR_A_STEP:
            raise OutOfTimeError(
                f"Only {left:.0f} s are left until the function's timeout, and the next step may take "
                f"{ROOM_FOR_A_STEP} s; it was not begun."
            )

    return checkpoint
