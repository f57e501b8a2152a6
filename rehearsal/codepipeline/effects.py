"""What the machine asks its driver to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.codepipeline.records import ActionRun, Execution


@dataclass(frozen=True)
class Perform:
    """Start an action."""

    execution: Execution
    run: ActionRun


@dataclass(frozen=True)
class Release:
    """Forget an action: nobody waits for it any more."""

    run: ActionRun


@dataclass(frozen=True)
class Announce:
    """Tell the world that a pipeline, a stage or an action changed."""

    state: str
    execution: Execution
    stage: str = ""
    run: ActionRun | None = None
    failures: tuple[ActionRun, ...] = ()


Effect = Perform | Release | Announce
