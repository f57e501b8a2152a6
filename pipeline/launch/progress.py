"""How far an operation has come: the stacks as a tree, made from nothing but their events."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pipeline.launch.events import Event


@dataclass
class Resource:
    """Where one resource stands."""

    name: str
    type: str
    status: str
    reason: str
    began: datetime
    at: datetime
    nested: str | None = None

    @property
    def moving(self) -> bool:
        """Whether AWS is at work on it."""
        return self.status.endswith("_IN_PROGRESS")

    @property
    def failed(self) -> bool:
        """Whether it failed, whatever became of it since."""
        return self.status.endswith("_FAILED")


@dataclass
class Branch:
    """One stack of the tree."""

    path: tuple[str, ...]
    status: str = ""
    began: datetime | None = None
    at: datetime | None = None
    read: bool = False
    resources: dict[str, Resource] = field(default_factory=dict)

    @property
    def moving(self) -> bool:
        """Whether its own last word is that AWS is at work."""
        return self.status.endswith("_IN_PROGRESS")


class Progress:
    """What has happened so far in a stack and in the stacks inside it."""

    def __init__(self, stack_id: str, name: str) -> None:
        self.root = stack_id
        self.branches = {stack_id: Branch((name,))}
        self.events: list[Event] = []
        self._seen: set[str] = set()

    @property
    def began(self) -> datetime | None:
        """When the operation began, by AWS's clock."""
        return self.branches[self.root].began

    @property
    def ended(self) -> bool:
        """Whether the whole stack rests again."""
        branch = self.branches[self.root]
        return bool(branch.status) and not branch.moving

    @property
    def status(self) -> str:
        """The last status of the whole stack."""
        return self.branches[self.root].status

    @property
    def good(self) -> bool:
        """Whether the operation did what it was meant to do."""
        return self.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE", "IMPORT_COMPLETE"}

    def knows(self, event: Event) -> bool:
        """Say whether the event was told already, or belongs to an earlier operation."""
        earlier = self.began is not None and event.stack_id != self.root and event.at < self.began
        return earlier or event.id in self._seen

    def to_read(self) -> Iterator[str]:
        """Yield the stacks that may have news. A stack that is found while this runs is yielded too."""
        told: set[str] = set()
        while open_stacks := [stack for stack in self.branches if stack not in told and self._may_have_news(stack)]:
            told.update(open_stacks)
            yield from open_stacks

    def add(self, stack_id: str, events: Iterable[Event]) -> list[Event]:
        """Take in what was read from one stack; return the events that changed something."""
        self.branches[stack_id].read = True
        return [event for event in events if self._take_in(event)]

    def path(self, event: Event) -> tuple[str, ...]:
        """Return the names from the root down to what the event speaks of."""
        branch = self.branches[event.stack_id]
        return branch.path if event.own else (*branch.path, event.resource)

    def _may_have_news(self, stack_id: str) -> bool:
        branch = self.branches[stack_id]
        above = (
            resource.moving
            for b in self.branches.values()
            for resource in b.resources.values()
            if resource.nested == stack_id
        )
        return stack_id == self.root or not branch.read or branch.moving or any(above)

    def _take_in(self, event: Event) -> bool:
        self._seen.add(event.id)
        self.events.append(event)
        branch = self.branches[event.stack_id]
        if event.own:
            changed = branch.status != event.status
            branch.status, branch.at = event.status, event.at
            branch.began = branch.began or event.at
            return changed
        return self._note(branch, event)

    def _note(self, branch: Branch, event: Event) -> bool:
        known = branch.resources.get(event.resource)
        branch.began = branch.began or event.at
        if event.nested and event.nested not in self.branches:
            self.branches[event.nested] = Branch((*branch.path, event.resource))
        if known is None:
            branch.resources[event.resource] = Resource(
                event.resource, event.type, event.status, event.reason, event.at, event.at, event.nested
            )
            return True
        changed = known.status != event.status
        known.status, known.at = event.status, event.at
        known.reason = event.reason or known.reason
        known.nested = event.nested or known.nested
        return changed
