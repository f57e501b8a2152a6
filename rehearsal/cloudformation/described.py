"""Resource types as data: which operations make, change and remove them, and what they return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from rehearsal.cloudformation.call import REPLACE, SAME_NAME, Call, Made, RefusedError, Replacement
from rehearsal.cloudformation.paths import found
from rehearsal.cloudformation.shaping import same, shaped

# Expressions (JMESPath) read one document: {"Id", "Properties", "Attributes", "Response", "Account", "Region"}.
Document = dict[str, Any]
NONE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Name:
    """The property that names the resource; made up when the template gives none."""

    property: str
    limit: int = 128
    lower: bool = False

    def given(self, call: Call, properties: Mapping[str, Any]) -> dict[str, Any]:
        """Return the properties with a name."""
        if properties.get(self.property):
            return dict(properties)
        name = call.name(self.limit)
        return {**properties, self.property: name.lower() if self.lower else name}


@dataclass(frozen=True)
class Step:
    """One API call."""

    operation: str
    # Properties that this call carries. In an update the call is made when one of them changed, with only those.
    takes: frozenset[str] = NONE
    # API members filled from the document by expression, say {"TargetGroupArn": "Id"}.
    where: Mapping[str, str] = field(default_factory=dict)
    # Properties whose API member has another name.
    renamed: Mapping[str, str] = field(default_factory=dict)
    # Properties sent with every call, changed or not, because the API wants them.
    along: frozenset[str] = NONE
    # A change of properties into API members that no renaming can express.
    turned: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    service: str = ""

    def run(self, call: Call, service: str, properties: Mapping[str, Any], document: Document) -> dict[str, Any]:
        """Make the call and return its response."""
        client = call.client(self.service or service)
        wanted = {name: value for name, value in properties.items() if name in self.takes | self.along}
        wanted = self.turned(wanted) if self.turned else wanted
        members = {self.renamed.get(name, name): value for name, value in wanted.items()}
        filled = {name: found(path, document) for name, path in self.where.items()}
        members.update({name: value for name, value in filled.items() if value is not None})
        response: dict[str, Any] = getattr(client, xform_name(self.operation))(
            **shaped(client, self.operation, members)
        )
        response.pop("ResponseMetadata", None)
        return response


@dataclass(frozen=True)
class Tagging:
    """How tags are changed: only keys that changed are sent."""

    add: str
    remove: str
    where: Mapping[str, str]
    # The members of the add and the remove operation that take the tags and the keys.
    tags: str = "Tags"
    keys: str = "TagKeys"
    property: str = "Tags"
    # The API takes a map of tags instead of a list of Key and Value.
    mapped: bool = False
    # What the create operation calls its tags; empty: it takes none, and tags are added afterwards.
    on_create: str = "Tags"
    service: str = ""

    def shape(self, tags: Mapping[str, str]) -> Any:
        """Return tags as this API takes them."""
        return dict(tags) if self.mapped else [{"Key": key, "Value": value} for key, value in tags.items()]

    def change(
        self, call: Call, service: str, document: Document, before: Mapping[str, str], after: Mapping[str, str]
    ) -> None:
        """Bring the tags from one state to the other."""
        gone = [key for key in before if key not in after]
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        if gone:
            self._send(call, service, self.remove, document, {self.keys: gone})
        if changed:
            self._send(call, service, self.add, document, {self.tags: self.shape(changed)})

    def _send(self, call: Call, service: str, operation: str, document: Document, members: dict[str, Any]) -> None:
        client = call.client(self.service or service)
        filled = {name: found(path, document) for name, path in self.where.items()}
        getattr(client, xform_name(operation))(**shaped(client, operation, {**filled, **members}))


@dataclass(frozen=True)
class Finding:
    """How to look whether one of a given name exists."""

    step: Step
    # The answer in the form of the creation's; null says that there is none.
    shown: str = "Response"
    # Error codes of the call that mean: there is none.
    absent: frozenset[str] = NONE


def tag_map(tags: Any) -> dict[str, str]:
    """Return the tags of a property, whether listed or mapped."""
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags or []}


@dataclass(frozen=True, kw_only=True)
class Described:
    """A resource type that needs no code of its own."""

    type: str
    service: str
    creation: Step
    identity: str
    removal: Step
    # Calls made when one of the properties they take changed, in this order.
    updates: tuple[Step, ...] = ()
    # Calls made after creation, each if one of the properties it takes is given.
    completion: tuple[Step, ...] = ()
    # A describe call whose response replaces the document's before attributes are read.
    reading: Step | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    replacing: frozenset[str] = NONE
    name: Name | None = None
    tagging: Tagging | None = None
    # Properties that are accepted and kept on record only.
    recorded: frozenset[str] = NONE
    # What to send when a property is taken out of the template; without one its removal is refused.
    defaults: Mapping[str, Any] = field(default_factory=dict)
    # Error codes of the removal that mean: already gone.
    gone: frozenset[str] = NONE
    # Waits until the resource is settled (after creation and updates), or gone.
    settle: Callable[[Call, Document], None] | None = None
    vanish: Callable[[Call, str], None] | None = None
    # Types that a stack can take up by the name in its template have one.
    finding: Finding | None = None

    @property
    def properties(self) -> frozenset[str]:
        """Return every property that one of the calls takes."""
        steps = (self.creation, *self.updates, *self.completion)
        own = {self.name.property} if self.name else set()
        tags = {self.tagging.property} if self.tagging else set()
        taken = NONE.union(*(step.takes | step.along for step in steps))
        return taken | self.replacing | self.recorded | own | tags

    @property
    def tagged(self) -> bool:
        """Tell whether it carries tags."""
        return self.tagging is not None

    @property
    def naming(self) -> str | None:
        """Return the property that identifies it, if a template can give that."""
        return self.name.property if self.name and self.finding else None

    def find(self, call: Call, properties: Mapping[str, Any]) -> Made | None:
        """Return the one that has the name, if there is one."""
        if self.finding is None or self.name is None:
            return None
        document = self._document(call, str(properties[self.name.property]), properties, {})
        try:
            document["Response"] = self.finding.step.run(call, self.service, {}, document)
        except ClientError as error:
            if error.response["Error"]["Code"] not in self.finding.absent:
                raise
            return None
        document["Response"] = found(self.finding.shown, document)
        return self._read(document) if document["Response"] is not None else None

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Make it."""
        given = self.name.given(call, properties) if self.name else dict(properties)
        document = self._document(call, "", given, {})
        document["Response"] = self._started(call, given, document)
        document["Id"] = str(found(self.identity, document))
        call.initiated(document["Id"])
        for step in self.completion:
            if step.takes & given.keys():
                step.run(call, self.service, given, document)
        if self.tagging and not self.tagging.on_create:
            self.tagging.change(call, self.service, document, {}, self._tags(call.tags, given))
        return self._made(call, document)

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Send what changed."""
        changed = {name for name in old.keys() | new.keys() if not same(old.get(name), new.get(name))}
        if changed & self.replacing:
            return self._replaced(old, new)
        self._refuse_immovable(changed, old, new)
        document = self._document(call, physical_id, new, attributes)
        wanted = {**{name: self.defaults[name] for name in changed - new.keys() if name in self.defaults}, **new}
        for step in self.updates:
            if sent := step.takes & changed:
                part = {name: value for name, value in wanted.items() if name in sent | step.along}
                step.run(call, self.service, part, document)
        if self.tagging:
            before, after = self._tags(call.tags_before, old), self._tags(call.tags, new)
            self.tagging.change(call, self.service, document, before, after)
        return self._made(call, document)

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Remove it."""
        try:
            self.removal.run(call, self.service, properties, self._document(call, physical_id, properties, {}))
        except ClientError as error:
            if error.response["Error"]["Code"] not in self.gone:
                raise
        if self.vanish:
            self.vanish(call, physical_id)

    def _started(self, call: Call, given: dict[str, Any], document: Document) -> dict[str, Any]:
        extra = {}
        if self.tagging and self.tagging.on_create and (tags := self._tags(call.tags, given)):
            extra = {self.tagging.on_create: self.tagging.shape(tags)}
        takes = self.creation.takes | ({self.name.property} if self.name else NONE) | extra.keys()
        step = Step(**{**vars(self.creation), "takes": frozenset(takes)})
        return step.run(call, self.service, {**given, **extra}, document)

    def _made(self, call: Call, document: Document) -> Made:
        if self.settle:
            self.settle(call, document)
        if self.reading:
            document["Response"] = self.reading.run(call, self.service, {}, document)
        return self._read(document)

    def _read(self, document: Document) -> Made:
        read = {name: found(path, document) for name, path in self.attributes.items()}
        known = {name: value for name, value in read.items() if value is not None}
        return Made(document["Id"], {**document["Attributes"], **known})

    def _replaced(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Replacement:
        if self.name and (given := new.get(self.name.property)) and same(given, old.get(self.name.property)):
            raise RefusedError(SAME_NAME.format(given))
        return REPLACE

    def _refuse_immovable(self, changed: set[str], old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        movable = NONE.union(*(step.takes for step in self.updates)) | self.recorded
        if self.tagging:
            movable |= {self.tagging.property}
        for name in sorted(changed - movable):
            raise RefusedError(
                f"Property {name} of {self.type} cannot be changed from {old.get(name)!r} to {new.get(name)!r}"
            )
        self._refuse_unremovable(changed - new.keys() - self.recorded)

    def _refuse_unremovable(self, removed: set[str]) -> None:
        for name in sorted(removed - self.defaults.keys()):
            resent = any(name in step.takes and step.along for step in self.updates)
            if not resent and not (self.tagging and name == self.tagging.property):
                raise RefusedError(
                    f"Property {name} of {self.type} has no default to go back to: keep it, with a value"
                )

    def _tags(self, inherited: Mapping[str, str], properties: Mapping[str, Any]) -> dict[str, str]:
        own = properties.get(self.tagging.property) if self.tagging else None
        return {**inherited, **tag_map(own)}

    @staticmethod
    def _document(call: Call, physical_id: str, properties: Mapping[str, Any], known: Mapping[str, Any]) -> Document:
        return {
            "Id": physical_id,
            "Properties": dict(properties),
            "Attributes": dict(known),
            "Response": {},
            "Account": call.account,
            "Region": call.region,
        }
