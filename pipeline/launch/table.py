"""A change set as a table, in which what would be replaced or removed cannot be overlooked."""

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from pipeline.launch.change_set import Change, ChangeSet
from pipeline.launch.views import console

if TYPE_CHECKING:
    from pipeline.terminal import Terminal

ACTIONS = {"Add": ("+ add", "green"), "Modify": ("~ change", "yellow"), "Remove": ("- REMOVE", "bold red")}
REPLACEMENT = {"True": "REPLACED", "Conditional": "MAY BE REPLACED"}


def show(terminal: "Terminal", drafted: ChangeSet) -> None:
    """Show what a change set would do, a group for each stack."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for title in ("", "resource", "type", ""):
        table.add_column(title, no_wrap=True, overflow="fold")
    for path in sorted({change.path for change in drafted.changes}):
        table.add_row(Text(""), Text("/".join(path), style="bold"))
        for change in (change for change in drafted.changes if change.path == path):
            table.add_row(*_row(change))
    if drafted.changes:
        console(terminal).print(table)
    terminal.say(summary(drafted.changes))
    if drafted.unforeseen:
        terminal.say(f"What changes inside the nested stacks cannot be foreseen: {drafted.unforeseen}", "loud")


def summary(changes: Iterable[Change]) -> str:
    """Count the changes."""
    counted = Counter(_word(change) for change in changes)
    order = ("added", "changed", "REPLACED", "MAY BE REPLACED", "REMOVED")
    words = [f"{counted[word]} {word}" for word in order if counted[word]]
    return f"Resources: {', '.join(words)}." if words else "No resource changes; the stack's own outputs or tags do."


def _word(change: Change) -> str:
    if change.action == "Modify" and change.replaces:
        return REPLACEMENT[change.replacement]
    return {"Add": "added", "Remove": "REMOVED"}.get(change.action, "changed")


def _row(change: Change) -> tuple[Text, Text, Text, Text]:
    told, style = ACTIONS.get(change.action, (change.action, ""))
    loud = REPLACEMENT.get(change.replacement, "") if change.action == "Modify" else ""
    kept = "kept" if change.removes and change.policy == "Retain" else ""
    return (
        Text(told, style=style),
        Text(f"  {change.resource}"),
        Text(change.type, style="dim"),
        Text(loud or kept, style="bold red" if loud else ""),
    )
