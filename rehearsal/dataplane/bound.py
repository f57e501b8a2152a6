"""Where a listener is reached."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """Where a listener really listens, or why it does not, and why it is not the port that was asked for."""

    listener: str
    requested: int
    host: str
    port: int = 0
    note: str = ""
    error: str = ""
