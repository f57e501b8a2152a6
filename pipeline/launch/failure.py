"""Why it failed: the first thing that went wrong, not the cascade that follows it."""

import re
from dataclasses import dataclass

from pipeline.launch.events import Event
from pipeline.launch.progress import Progress

# What CloudFormation writes at the resources that it gave up because of another one.
CANCELLED = re.compile(r"^Resource (creation|update|deletion) cancelled", re.IGNORECASE)


@dataclass(frozen=True)
class Failure:
    """What failed first, and where."""

    path: tuple[str, ...]
    type: str
    status: str
    reason: str
    stack_id: str

    def __str__(self) -> str:
        """Say it in one sentence."""
        return f"{'/'.join(self.path)} ({self.type}) is {self.status}: {self.reason or 'AWS gives no reason.'}"


def first(progress: Progress) -> Failure | None:
    """Return the first failure of the operation, or None if nothing failed."""
    failed = sorted(filter(_is_cause, progress.events), key=lambda event: event.at)
    stacks = {event.stack_id for event in failed}
    # A nested stack's failure is repeated by the stack above it, without the reason.
    causes = [event for event in failed if event.nested not in stacks]
    if causes:
        return _told(progress, causes[0])
    rolled_back = [event for event in progress.events if event.own and _undoes(event.status)]
    return _told(progress, rolled_back[0]) if rolled_back else None


def _is_cause(event: Event) -> bool:
    return event.status.endswith("_FAILED") and not event.own and not CANCELLED.match(event.reason)


def _undoes(status: str) -> bool:
    return "ROLLBACK" in status or status.endswith("_FAILED")


def _told(progress: Progress, event: Event) -> Failure:
    return Failure(progress.path(event), event.type, event.status, event.reason, event.stack_id)
