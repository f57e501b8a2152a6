"""The progress of a stack for a person: one tree that is redrawn on a terminal, one line a change in a log."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.text import Text
from rich.tree import Tree

from pipeline.launch.events import Event
from pipeline.launch.progress import Branch, Progress, Resource

if TYPE_CHECKING:
    from pipeline.clock import Clock
    from pipeline.launch.follow import View
    from pipeline.terminal import Terminal

WIDTH_OF_A_LOG = 160
MARKS = {"moving": ("…", "cyan"), "failed": ("✖", "bold red"), "undone": ("↩", "yellow"), "done": ("✔", "green")}


def for_terminal(terminal: "Terminal", clock: "Clock") -> "View":
    """Return the tree for somebody who watches, lines for a log and for a terminal that cannot draw a tree."""
    drawable = terminal.watched and "utf" in (terminal.out.encoding or "").lower()
    return LiveTree(terminal, clock) if drawable else Lines(terminal)


def console(terminal: "Terminal") -> Console:
    """Return what draws tables and trees on this terminal."""
    width = None if terminal.watched else WIDTH_OF_A_LOG
    return Console(file=terminal.out, no_color=not terminal.colour, highlight=False, width=width)


@dataclass
class Lines:
    """A line for each change of state, with the seconds since the operation began."""

    terminal: "Terminal"

    def begin(self, progress: Progress) -> None:
        """Nothing is written before there is something to tell."""

    def show(self, progress: Progress, fresh: list[Event]) -> None:
        """Write what is new."""
        for event in fresh:
            took = duration(progress.began, event.at)
            failed = event.status.endswith("_FAILED")
            why = f"  {event.reason}" if failed and event.reason else ""
            line = f"{took:>7}  {'/'.join(progress.path(event))}  {event.status}  {event.type}{why}"
            self.terminal.say(line, "bad" if failed else "")

    def end(self) -> None:
        """Nothing is left open."""


@dataclass
class LiveTree:
    """The tree of stacks; what is at work or has failed is spelled out, what is done is counted."""

    terminal: "Terminal"
    clock: "Clock"
    _live: Live | None = None
    _first_seen: dict[tuple[str, str], float] = field(default_factory=dict)

    def begin(self, progress: Progress) -> None:
        """Take over the lower part of the terminal."""
        self._live = Live(
            console=console(self.terminal),
            get_renderable=lambda: self._tree(progress),
            refresh_per_second=4,
            vertical_overflow="ellipsis",
        )
        self._live.start()

    def show(self, progress: Progress, fresh: list[Event]) -> None:
        """Redraw."""
        for event in fresh:
            if event.status.endswith("_IN_PROGRESS"):
                self._first_seen.setdefault((event.stack_id, event.resource), self.clock.now())
        if self._live and progress.status:
            self._live.refresh()

    def end(self) -> None:
        """Give the terminal back, with the last picture on it."""
        if self._live:
            self._live.stop()

    def _tree(self, progress: Progress) -> Tree:
        root = progress.branches[progress.root]
        tree = Tree(_label(root.path[0], root.status or "starting", _count(root), duration(root.began, root.at)))
        self._grow(tree, progress, progress.root)
        return tree

    def _grow(self, tree: Tree, progress: Progress, stack_id: str) -> None:
        for resource in progress.branches[stack_id].resources.values():
            inner = progress.branches.get(resource.nested or "")
            if inner:
                took = duration(resource.began, None if resource.moving else resource.at) or self._since(
                    stack_id, resource
                )
                sub = tree.add(_label(resource.name, resource.status, _count(inner), took))
                if resource.nested and (resource.moving or resource.failed):
                    self._grow(sub, progress, resource.nested)
            elif resource.moving or resource.failed:
                why = resource.reason if resource.failed else self._since(stack_id, resource)
                tree.add(_label(resource.name, resource.status, resource.type, why))

    def _since(self, stack_id: str, resource: Resource) -> str:
        seconds = self.clock.now() - self._first_seen.get((stack_id, resource.name), self.clock.now())
        return _spelled(seconds)


def duration(began: datetime | None, ended: datetime | None) -> str:
    """Spell the time between two moments, or nothing if one is missing."""
    return _spelled((ended - began).total_seconds()) if began and ended else ""


def _spelled(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def _count(branch: Branch) -> str:
    done = sum(not resource.moving for resource in branch.resources.values())
    return f"{done} done" if branch.resources else ""


def _label(name: str, status: str, *rest: str) -> Text:
    mark, style = MARKS[_kind(status)]
    told = Text.assemble((f"{mark} ", style), (name, "bold"), " ", (status, style))
    for part in filter(None, rest):
        told.append(f"  {part}", "dim")
    return told


def _kind(status: str) -> str:
    if status.endswith("_FAILED"):
        return "failed"
    if "ROLLBACK" in status:
        return "undone"
    return "done" if status.endswith("_COMPLETE") else "moving"
