"""The ways back and out: undo an update, take resources down."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from rehearsal.cloudformation.call import Made, ResourceError
from rehearsal.cloudformation.failure import reason_of
from rehearsal.cloudformation.graph import narrowed, reversed_graph
from rehearsal.cloudformation.scheduler import Schedule

if TYPE_CHECKING:
    from collections.abc import Collection

    from rehearsal.cloudformation.operation import Entry, Operation
    from rehearsal.cloudformation.stack import Resource


class Undoing:
    """Brings every touched resource back to what it was before the operation."""

    def __init__(self, operation: Operation, skip: Collection[str] = ()) -> None:
        """Take the operation; those to skip are believed to be as before."""
        self._operation = operation
        self._skip = skip

    def run(self) -> list[str]:
        """Undo it all; return the names of those that could not be."""
        self._operation.undoing = True
        touched = {name: entry for name, entry in self._operation.entries.items() if entry.before}
        graph = narrowed({name: _after(entry) for name, entry in touched.items()}, touched)
        schedule = Schedule(graph, lambda name: self._restore(name, touched[name]), carry_on=True)
        schedule.run()
        with self._operation.region.lock:
            for resource, earlier in self._operation.kept:
                resource.take_over(earlier)
        return sorted(touched.keys() - schedule.done)

    def _restore(self, name: str, entry: Entry) -> bool:
        before = entry.before
        if before is None or self._operation.stack.resources.get(name) is before:
            return True
        shown = replace(before)
        try:
            if not entry.replaced and name not in self._skip:
                self._operation.say(entry.after, "UPDATE_IN_PROGRESS")
                self._put_back(entry, shown)
        except Exception as error:  # noqa: BLE001  # its text becomes the resource's reason; unexpected ones are logged
            self._operation.say(entry.after, "UPDATE_FAILED", reason_of(error))
            return False
        with self._operation.region.lock:
            before.attributes = shown.attributes
            self._operation.stack.resources[name] = before
        self._operation.say(before, "UPDATE_COMPLETE")
        return True

    def _put_back(self, entry: Entry, before: Resource) -> None:
        after = entry.after
        call = self._operation.call(before, before=after, cancelled=threading.Event())
        handler = self._operation.region.handler(after.type)
        made = handler.update(call, after.physical_id, after.attributes, after.properties, before.properties)
        if not isinstance(made, Made):
            raise ResourceError("The earlier state can only be reached by a replacement, which a rollback does not do")
        before.attributes = dict(made.attributes)


def _after(entry: Entry) -> frozenset[str]:
    return entry.before.depends_on if entry.before else frozenset()


class Removal:
    """Takes resources down, dependents first."""

    def __init__(self, operation: Operation, resources: Collection[Resource], *, creating: bool = False) -> None:
        """Take what shall go; creating says that it belongs to a creation that failed."""
        self._operation = operation
        self._creating = creating
        # The same logical id may stand for an old and a new resource, so the key has both ids.
        self._doomed = {f"{doomed.logical_id}\0{doomed.physical_id}": doomed for doomed in resources}

    def run(self, retain: Collection[str] = ()) -> list[str]:
        """Delete them all; return the logical ids of those that are still there."""
        keys = {key: doomed.logical_id for key, doomed in self._doomed.items()}
        graph = {
            key: frozenset(other for other, name in keys.items() if name in doomed.depends_on)
            for key, doomed in self._doomed.items()
        }
        schedule = Schedule(reversed_graph(graph), lambda key: self._remove(self._doomed[key], retain), carry_on=True)
        schedule.run()
        return sorted({keys[key] for key in keys.keys() - schedule.done})

    def _remove(self, doomed: Resource, retain: Collection[str]) -> bool:
        if self._kept(doomed, retain):
            self._operation.say(doomed, "DELETE_SKIPPED")
            self._forget(doomed)
            return True
        if doomed.physical_id:
            self._operation.say(doomed, "DELETE_IN_PROGRESS")
            try:
                handler = self._operation.region.handler(doomed.type)
                call = self._operation.call(doomed, cancelled=threading.Event())
                handler.delete(call, doomed.physical_id, doomed.properties)
            except Exception as error:  # noqa: BLE001  # its text becomes the resource's reason; unexpected ones are logged
                self._operation.say(doomed, "DELETE_FAILED", reason_of(error))
                return False
        self._operation.say(doomed, "DELETE_COMPLETE")
        self._forget(doomed)
        return True

    def _kept(self, doomed: Resource, retain: Collection[str]) -> bool:
        current = self._operation.stack.resources.get(doomed.logical_id)
        policy = doomed.deletion_policy
        if current is not None and current is not doomed:
            policy = doomed.update_replace_policy
        return (
            doomed.logical_id in retain
            or policy == "Retain"
            or (policy == "RetainExceptOnCreate" and (doomed.adopted or not self._creating))
        )

    def _forget(self, doomed: Resource) -> None:
        with self._operation.region.lock:
            if self._operation.stack.resources.get(doomed.logical_id) is doomed:
                del self._operation.stack.resources[doomed.logical_id]
