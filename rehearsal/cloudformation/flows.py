"""The life of a stack: created, updated, rolled back, deleted."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rehearsal.cloudformation.scheduler import Schedule
from rehearsal.cloudformation.stack import now
from rehearsal.cloudformation.undoing import Removal, Undoing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from rehearsal.cloudformation.operation import Entry, Operation


def tell(operation: Operation, status: str, reason: str | None = None) -> None:
    """Set the status of the operation's stack."""
    operation.region.journal.stack(operation.stack, status, reason, operation.token)


def commit(operation: Operation) -> None:
    """Let the stack be what was intended."""
    stack = operation.stack
    with operation.region.lock:
        operation.previous = (stack.intent, stack.outputs, stack.imports)
        stack.intent, stack.outputs, stack.imports = operation.intent, operation.outputs, operation.imports


MINUTE = 60.0
# Stands for a value that a failed update may or may not have set, so that the next update sends it again.
UNSURE = "(not known since an update failed)"


@contextmanager
def time_limit(operation: Operation, minutes: int | None) -> Iterator[None]:
    """Cancel the operation when it takes longer than the stack may take."""
    if minutes is None:
        yield
        return
    timer = threading.Timer(
        MINUTE * minutes, operation.cancel, ["Stack creation time exceeded the specified timeout. "]
    )
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def create(operation: Operation, on_failure: str = "ROLLBACK") -> None:
    """Create a stack, and act as asked when that fails."""
    with time_limit(operation, operation.stack.timeout):
        reason = operation.forward()
    if reason is None:
        commit(operation)
        tell(operation, "CREATE_COMPLETE")
    elif operation.abandoned or on_failure == "DO_NOTHING":
        tell(operation, "CREATE_FAILED", reason)
    elif on_failure == "DELETE":
        delete(operation, reason=reason)
    else:
        tell(operation, "ROLLBACK_IN_PROGRESS", reason)
        left = Removal(operation, list(operation.stack.resources.values()), creating=True).run()
        tell(operation, "ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE", _left("delete", left))


def update(operation: Operation, *, keep_failed: bool = False) -> None:
    """Update a stack, and go back when that fails."""
    reason = operation.forward()
    if reason is None:
        commit(operation)
        tell(operation, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        clean_up(operation)
    elif keep_failed:
        _leave(operation)
        tell(operation, "UPDATE_FAILED", reason)
    else:
        roll_back(operation, reason)


def clean_up(operation: Operation) -> None:
    """Remove what the update has made superfluous, here and in nested stacks."""
    children = {name: frozenset[str]() for name in operation.children}

    def child(name: str) -> bool:
        clean_up(operation.children[name])
        return True

    Schedule(children, child).run()
    old = [entry.before for entry in operation.entries.values() if entry.replaced and entry.before]
    left = Removal(operation, [*old, *operation.removed]).run()
    # As on AWS, a leftover does not undo the update: the stack lets go of it, and its events tell.
    with operation.region.lock:
        for resource in operation.removed:
            operation.stack.resources.pop(resource.logical_id, None)
    tell(operation, "UPDATE_COMPLETE", _left("delete", left))


def roll_back(operation: Operation, reason: str | None, skip: Collection[str] = ()) -> bool:
    """Bring the stack back to what it was; tell whether that worked."""
    tell(operation, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
    left = Undoing(operation, skip).run()
    if left:
        with operation.region.lock:
            operation.region.stuck[operation.stack.id] = operation
        tell(operation, "UPDATE_ROLLBACK_FAILED", _left("update", left))
        return False
    operation.region.stuck.pop(operation.stack.id, None)
    tell(operation, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    Removal(operation, [entry.after for entry in operation.entries.values() if _new(entry)], creating=True).run()
    with operation.region.lock:
        if operation.previous:
            stack = operation.stack
            stack.intent, stack.outputs, stack.imports = operation.previous
    tell(operation, "UPDATE_ROLLBACK_COMPLETE")
    return True


def delete(operation: Operation, retain: Collection[str] = (), reason: str | None = None) -> list[str]:
    """Delete a stack; return what is still there."""
    tell(operation, "DELETE_IN_PROGRESS", reason)
    stack, region = operation.stack, operation.region
    if users := region.importers(stack):
        tell(operation, "DELETE_FAILED", users)
        return [users]
    left = Removal(operation, list(stack.resources.values())).run(retain)
    if left:
        tell(operation, "DELETE_FAILED", _left("delete", left))
        return left
    stack.deleted = now()
    region.drop_change_sets(stack)
    tell(operation, "DELETE_COMPLETE")
    return []


def _new(entry: Entry) -> bool:
    return entry.before is None or entry.replaced


def _left(verb: str, names: list[str]) -> str | None:
    return f"The following resource(s) failed to {verb}: [{', '.join(names)}]. " if names else None


def _leave(operation: Operation) -> None:
    """Keep what succeeded; of what failed, forget the values that nobody can be sure of."""
    for name, entry in operation.entries.items():
        before, after = entry.before, entry.after
        if before is None or not after.status.endswith("_FAILED"):
            continue
        if entry.replaced:
            if after.physical_id:
                Removal(operation, [after], creating=True).run()
            operation.stack.resources[name] = before
        else:
            names = before.properties.keys() | after.properties.keys()
            moved = {key for key in names if before.properties.get(key) != after.properties.get(key)}
            after.properties = {key: UNSURE if key in moved else before.properties[key] for key in names}
    for child in operation.children.values():
        clean_up(child)
