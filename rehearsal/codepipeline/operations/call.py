"""One call of an operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from rehearsal.codepipeline.backend import Backend


@dataclass(frozen=True)
class Call:
    """What was asked for, by whom and where."""

    backend: Backend
    parameters: dict[str, Any]
    caller: str


class Operation(Protocol):
    """What answers a call."""

    def __call__(self, call: Call) -> dict[str, Any]:
        """Return the members of the answer."""
