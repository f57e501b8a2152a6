"""One run over a stack: bring every resource to what the intent says, remembering how to go back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rehearsal.cloudformation import adoption
from rehearsal.cloudformation.adoption import Adoption
from rehearsal.cloudformation.call import (
    SAME_NAME,
    Call,
    CancelledError,
    Made,
    RefusedError,
    Replacement,
    ResourceError,
)
from rehearsal.cloudformation.failure import reason_of
from rehearsal.cloudformation.graph import ordered
from rehearsal.cloudformation.outputs import outputs
from rehearsal.cloudformation.scheduler import Schedule
from rehearsal.cloudformation.scoping import Scoping, wanted_resources
from rehearsal.cloudformation.sending import check_properties, unchanged
from rehearsal.cloudformation.stack import STACK_TYPE, Intent, Output, Resource, Stack
from rehearsal.cloudformation.validation import dependencies

if TYPE_CHECKING:
    from rehearsal.cloudformation.handler import Handler
    from rehearsal.cloudformation.region import Region
    from rehearsal.cloudformation.template import Declared

REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."


@dataclass
class Entry:
    """What was done to one resource: before is None for a new one; replaced says that before still exists."""

    before: Resource | None
    after: Resource
    replaced: bool = False


class Operation:
    """The way forward of a creation or an update."""

    def __init__(
        self,
        region: Region,
        stack: Stack,
        intent: Intent,
        token: str | None = None,
        adopting: Adoption = Adoption.NONE,
    ) -> None:
        """Prepare; nothing has been done yet."""
        self.region = region
        self.stack = stack
        self.intent = intent
        self.token = token
        self.adopting = adopting
        self.cancelled = threading.Event()
        self.finished = threading.Event()
        self.undoing = False
        # Somebody asked for the stack's deletion meanwhile.
        self.abandoned = False
        self.outputs: list[Output] = []
        self.imports: set[str] = set()
        # What the stack was before this operation was committed.
        self.previous: tuple[Intent | None, list[Output], set[str]] | None = None
        # Operations on nested stacks that wait for this one's outcome, by logical id.
        self.children: dict[str, Operation] = {}
        self.entries: dict[str, Entry] = {}
        self.removed: list[Resource] = []
        # Those that needed no call, each with what it was.
        self.kept: list[tuple[Resource, Resource]] = []
        self._failed: dict[str, list[str]] = {"create": [], "update": []}
        self._stopped: str | None = None
        self._guard = threading.Lock()
        self.wanted: dict[str, Declared] = {}

    def forward(self) -> str | None:
        """Create and update everything; return what went wrong, if anything did."""
        try:
            self.scoping = Scoping(self.region, self.stack, self.intent, self._lookup)
            self.wanted = wanted_resources(self.intent, self.scoping.conditions)
            graph = {name: dependencies(declared, self.wanted) for name, declared in self.wanted.items()}
            ordered(graph)
            done = Schedule(graph, self._apply, failed=self._halt, halted=self.cancelled.is_set).run()
            if done:
                self._conclude()
        except Exception as error:  # noqa: BLE001  # its text becomes the stack's reason; unexpected ones are logged
            return reason_of(error)
        return None if done else self._account()

    def cancel(self, reason: str) -> None:
        """Stop, nested stacks included."""
        self._stopped = reason
        self.cancelled.set()
        for child in list(self.children.values()):
            child.cancel(reason)

    def _halt(self) -> None:
        """Let nothing go on once something has failed."""
        self.cancelled.set()
        for child in list(self.children.values()):
            child.cancel("Resource update cancelled")

    def call(
        self, resource: Resource, *, before: Resource | None = None, cancelled: threading.Event | None = None
    ) -> Call:
        """Return what a handler needs to act on the resource."""
        return Call(
            cloud=self.region.cloud,
            region=self.stack.region,
            account=self.stack.account,
            stack_name=self.stack.name,
            stack_id=self.stack.id,
            logical_id=resource.logical_id,
            type=resource.type,
            tags=resource.tags,
            tags_before=before.tags if before else {},
            role_arn=self.stack.acting_role,
            initiated=lambda physical_id: self._initiated(resource, physical_id),
            cancelled=cancelled or self.cancelled,
        )

    def _lookup(self, name: str, _attribute: str | None) -> Resource | None:
        return self.stack.resources.get(name)

    def say(self, resource: Resource, status: str, reason: str | None = None) -> None:
        """Write an event."""
        self.region.journal.resource(self.stack, resource, status, reason, self.token)

    def _initiated(self, resource: Resource, physical_id: str) -> None:
        resource.physical_id = physical_id
        self.say(resource, resource.status, "Resource creation Initiated")

    def _apply(self, name: str) -> bool:
        declared = self.wanted[name]
        before = self.stack.resources.get(name)
        try:
            handler = self.region.handler(declared.type)
            resource = self._resource(declared)
            if before is None or not before.physical_id:
                return self._adopt(handler, resource) or self._create(handler, resource)
            if before.type != resource.type or before.status == "CREATE_FAILED":
                return self._replace(handler, before, resource)
            if declared.type != STACK_TYPE and unchanged(handler, before, resource):
                self._keep(before, resource)
                return True
            return self._update(handler, before, resource)
        except Exception as error:  # noqa: BLE001  # its text becomes the resource's reason; unexpected ones are logged
            return self._refuse(declared, before, reason_of(error))

    def _resource(self, declared: Declared) -> Resource:
        return Resource(
            declared.logical_id,
            declared.type,
            properties=self.scoping.resolver.properties(declared.properties),
            tags=dict(self.intent.tags),
            depends_on=dependencies(declared, self.wanted),
            deletion_policy=declared.deletion_policy,
            update_replace_policy=declared.update_replace_policy,
            metadata=declared.metadata,
        )

    def _adopt(self, handler: Handler, resource: Resource) -> bool:
        """Take up what has the name already; tell whether that is how the resource came to be."""
        found = self.adoptable(handler, resource)
        if found is None:
            return False
        check_properties(handler, resource)
        resource.adopted = True
        self._enter(Entry(None, resource))
        resource.physical_id, resource.attributes = found.physical_id, dict(found.attributes)
        self.say(resource, "IMPORT_IN_PROGRESS", adoption.STARTED)
        self.say(resource, "IMPORT_COMPLETE", adoption.FINISHED)
        self.say(resource, "UPDATE_IN_PROGRESS", adoption.TAGGING)
        adoption.take_up(handler, self.call(resource), found, resource.properties)
        self.say(resource, "UPDATE_COMPLETE", adoption.TAGGING)
        return True

    def adoptable(self, handler: Handler, resource: Resource) -> Made | None:
        """Return what there is already, if the operation may take it up."""
        if self.adopting is Adoption.NONE:
            return None
        written = self.intent.template.resources[resource.logical_id]
        return adoption.existing(self.region, handler, self.call(resource), written, resource)

    def _create(self, handler: Handler, resource: Resource) -> bool:
        self._enter(Entry(None, resource))
        self.say(resource, "CREATE_IN_PROGRESS")
        return self._attempt(handler, resource, "create", "CREATE")

    def _replace(self, handler: Handler, before: Resource, resource: Resource) -> bool:
        self._enter(Entry(before, resource, replaced=True))
        self.say(resource, "UPDATE_IN_PROGRESS", REPLACING)
        return self._attempt(handler, resource, "update", "UPDATE")

    def _attempt(self, handler: Handler, resource: Resource, verb: str, status: str) -> bool:
        try:
            check_properties(handler, resource)
            made = handler.create(self.call(resource), resource.properties)
            self._refuse_same(resource, made)
            self._made(resource, made, f"{status}_COMPLETE")
        except Exception as error:  # noqa: BLE001  # its text becomes the resource's reason; unexpected ones are logged
            return self._fail(resource, verb, status, error)
        return True

    def _refuse_same(self, resource: Resource, made: Made) -> None:
        before = self.entries[resource.logical_id].before
        if before is not None and before.physical_id == made.physical_id:
            # Else the clean-up of the old one would delete what is in use.
            resource.physical_id = ""
            raise ResourceError(SAME_NAME.format(made.physical_id))

    def _update(self, handler: Handler, before: Resource, resource: Resource) -> bool:
        resource.physical_id, resource.attributes = before.physical_id, before.attributes
        self._enter(Entry(before, resource))
        self.say(resource, "UPDATE_IN_PROGRESS")
        try:
            check_properties(handler, resource)
            made = handler.update(
                self.call(resource, before=before),
                before.physical_id,
                before.attributes,
                before.properties,
                resource.properties,
            )
        except Exception as error:  # noqa: BLE001  # its text becomes the resource's reason; unexpected ones are logged
            return self._fail(resource, "update", "UPDATE", error)
        if isinstance(made, Replacement):
            return self._replace(handler, before, replace(resource, physical_id="", attributes={}))
        if made.physical_id != before.physical_id:
            # Whoever made it has replaced it, and expects to be asked to remove the old one.
            self._enter(Entry(before, resource, replaced=True))
        self._made(resource, made, "UPDATE_COMPLETE")
        return True

    def _enter(self, entry: Entry) -> None:
        with self.region.lock:
            self.entries[entry.after.logical_id] = entry
            self.stack.resources[entry.after.logical_id] = entry.after

    def _made(self, resource: Resource, made: Made, status: str) -> None:
        announced = resource.physical_id == made.physical_id
        with self.region.lock:
            resource.physical_id, resource.attributes = made.physical_id, dict(made.attributes)
        if not announced:
            self.say(resource, resource.status, "Resource creation Initiated")
        self.say(resource, status)

    def _keep(self, before: Resource, resource: Resource) -> None:
        """Take over what is the engine's own business, such as policies."""
        with self.region.lock:
            self.kept.append((before, replace(before)))
            before.take_over(resource)

    def _fail(self, resource: Resource, verb: str, status: str, error: Exception) -> bool:
        entry = self.entries[resource.logical_id]
        if isinstance(error, RefusedError) and entry.before and not entry.replaced:
            # Nothing was sent: the resource still is what it was.
            resource.properties, resource.tags = entry.before.properties, entry.before.tags
        with self._guard:
            cancelled = isinstance(error, CancelledError)
            self._failed[verb].append(resource.logical_id)
        noun = "creation" if verb == "create" else "update"
        self.say(resource, f"{status}_FAILED", f"Resource {noun} cancelled" if cancelled else reason_of(error))
        return False

    def _refuse(self, declared: Declared, before: Resource | None, reason: str) -> bool:
        resource = before or Resource(declared.logical_id, declared.type)
        if before is None:
            self._enter(Entry(None, resource))
        with self._guard:
            self._failed["update" if before else "create"].append(declared.logical_id)
        self.say(resource, "UPDATE_FAILED" if before else "CREATE_FAILED", reason)
        return False

    def _account(self) -> str:
        if self._stopped:
            return self._stopped
        return "".join(
            f"The following resource(s) failed to {verb}: [{', '.join(names)}]. "
            for verb, names in self._failed.items()
            if names
        )

    def _conclude(self) -> None:
        found = outputs(self.intent, self.scoping)
        self.region.check_exports(self.stack, found)
        self.removed = [resource for name, resource in self.stack.resources.items() if name not in self.wanted]
        self.outputs, self.imports = found, self.scoping.imports
