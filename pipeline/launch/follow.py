"""Watching a stack until it rests."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from pipeline import aws_errors
from pipeline.clock import Clock
from pipeline.launch import events
from pipeline.launch.events import Event
from pipeline.launch.progress import Progress
from traffic.errors import FlipsideError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

SHORTEST, LONGEST = 1.0, 5.0
# While AWS throttles us or cannot be reached, ask less often, and give up after a while.
LONGEST_IN_TROUBLE = 30.0
PATIENCE = 600.0


class View(Protocol):
    """What shows the progress to a person."""

    def begin(self, progress: Progress) -> None:
        """Start to show."""

    def show(self, progress: Progress, fresh: list[Event]) -> None:
        """Show what is new."""

    def end(self) -> None:
        """Leave the last picture as it is."""


@dataclass
class Follower:
    """Reads a stack's events, and those of the stacks in it, until the operation has ended."""

    client: "CloudFormationClient"
    clock: Clock
    view: View

    def follow(self, stack_id: str, name: str, after: str) -> Progress:
        """Return how the operation went whose events come after the given one."""
        progress = Progress(stack_id, name)
        self.view.begin(progress)
        try:
            self._until_it_rests(progress, after)
        finally:
            self.view.end()
        return progress

    def _until_it_rests(self, progress: Progress, after: str) -> None:
        pause, heard = SHORTEST, self.clock.now()
        while True:
            fresh: list[Event] = []
            try:
                self._read(progress, after, fresh)
            except (ClientError, BotoCoreError) as error:
                self._bear(error, progress, self.clock.now() - heard)
                pause = min(pause * 2, LONGEST_IN_TROUBLE)
            else:
                heard = self.clock.now()
                pause = SHORTEST if fresh else min(pause * 1.5, LONGEST)
            self.view.show(progress, sorted(fresh, key=lambda event: event.at))
            if progress.ended:
                return
            self.clock.sleep(pause)

    def _read(self, progress: Progress, after: str, fresh: list[Event]) -> None:
        for stack_id in progress.to_read():
            found = events.since(self.client, stack_id, lambda event: event.id == after or progress.knows(event))
            fresh += progress.add(stack_id, found)

    def _bear(self, error: Exception, progress: Progress, silence: float) -> None:
        if aws_errors.passing(error) and silence <= PATIENCE:
            return
        told = aws_errors.explain(error)
        if aws_errors.passing(error):
            told = f"AWS has not answered for {PATIENCE / 60:.0f} minutes. {told}"
        name = progress.branches[progress.root].path[0]
        raise FlipsideError(
            f"{told} Stack {name} goes on without this terminal: run the same command again to watch it."
        ) from error
