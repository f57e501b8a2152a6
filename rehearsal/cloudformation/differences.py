"""What an update would do, found out without doing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.adoption import Adoption
from rehearsal.cloudformation.graph import ordered
from rehearsal.cloudformation.operation import Operation
from rehearsal.cloudformation.references import references
from rehearsal.cloudformation.resolver import UnknownValueError
from rehearsal.cloudformation.scoping import Scoping, wanted_resources
from rehearsal.cloudformation.shaping import same, text
from rehearsal.cloudformation.stack import STACK_TYPE, Resource
from rehearsal.cloudformation.validation import dependencies

if TYPE_CHECKING:
    from rehearsal.cloudformation.region import Region
    from rehearsal.cloudformation.stack import Intent, Stack
    from rehearsal.cloudformation.template import Declared


NEW = ("Add", "Import")


@dataclass(frozen=True)
class Detail:
    """One reason why a resource would change."""

    attribute: str
    name: str | None = None
    recreation: str = "Never"
    evaluation: str = "Static"
    source: str = "DirectModification"
    cause: str | None = None

    def shown(self) -> dict[str, Any]:
        """Return it as the API prints it."""
        target: dict[str, Any] = {"Attribute": self.attribute, "RequiresRecreation": self.recreation}
        if self.name:
            target["Name"] = self.name
        shown = {"Target": target, "Evaluation": self.evaluation, "ChangeSource": self.source}
        return {**shown, "CausingEntity": self.cause} if self.cause else shown


@dataclass
class Change:
    """What would happen to one resource."""

    action: str
    logical_id: str
    type: str
    physical_id: str | None = None
    replacement: str | None = None
    details: list[Detail] = field(default_factory=list)
    change_set_id: str | None = None

    @property
    def scope(self) -> list[str]:
        """Return which kinds of attributes change."""
        return sorted({detail.attribute for detail in self.details})

    def shown(self) -> dict[str, Any]:
        """Return it as the API prints it."""
        body: dict[str, Any] = {
            "Action": self.action,
            "LogicalResourceId": self.logical_id,
            "ResourceType": self.type,
            "Scope": self.scope,
            "Details": [detail.shown() for detail in self.details],
        }
        if self.physical_id:
            body["PhysicalResourceId"] = self.physical_id
        if self.replacement:
            body["Replacement"] = self.replacement
        if self.change_set_id:
            body["ChangeSetId"] = self.change_set_id
        return {"Type": "Resource", "ResourceChange": body}


class Comparison:
    """A stack beside an intent."""

    def __init__(self, region: Region, stack: Stack, intent: Intent, adopting: Adoption = Adoption.NONE) -> None:
        """Take both."""
        self._region = region
        self._operation = Operation(region, stack, intent, adopting=adopting)
        self._stack = stack
        self._intent = intent
        self._outcomes: dict[str, Change | None] = {}
        self.scoping = Scoping(region, stack, intent, self._lookup)
        self.wanted = wanted_resources(intent, self.scoping.conditions)

    def changes(self) -> list[Change]:
        """Return every change, in the order in which it would happen."""
        for name in ordered({name: dependencies(one, self.wanted) for name, one in self.wanted.items()}):
            self._outcomes[name] = self._change(self.wanted[name])
        removed = [
            Change("Remove", name, resource.type, resource.physical_id)
            for name, resource in self._stack.resources.items()
            if name not in self.wanted
        ]
        return [change for change in self._outcomes.values() if change] + removed

    def outputs_differ(self) -> bool:
        """Tell whether outputs alone would change."""
        now = {output.key: (output.value, output.export) for output in self._stack.outputs}
        later = {}
        value = self.scoping.resolver.value
        for key, body in self._intent.template.section("Outputs").items():
            if not self.scoping.conditions.get(body.get("Condition"), True):
                continue
            try:
                export = text(value(body["Export"]["Name"])) if "Export" in body else None
                later[key] = (text(value(body["Value"])), export)
            except UnknownValueError:
                return True
        return now != later

    def _lookup(self, name: str, attribute: str | None) -> Resource | None:
        change = self._outcomes.get(name)
        if change is not None and (attribute is not None or change.action in NEW or change.replacement != "False"):
            raise UnknownValueError(name, attribute)
        return self._stack.resources.get(name)

    def _change(self, declared: Declared) -> Change | None:
        before = self._stack.resources.get(declared.logical_id)
        if before is None or not before.physical_id:
            return self._new(declared)
        if before.type != declared.type:
            return Change("Modify", declared.logical_id, declared.type, before.physical_id, "True")
        details = self._details(declared, before)
        if declared.type == STACK_TYPE:
            details.append(Detail("Properties", evaluation="Dynamic", source="Automatic"))
        if not details:
            return None
        needs = {detail.recreation for detail in details}
        replacement = "True" if "Always" in needs else "Conditional" if "Conditionally" in needs else "False"
        return Change("Modify", declared.logical_id, declared.type, before.physical_id, replacement, details)

    def _new(self, declared: Declared) -> Change:
        handler = self._region.handler(declared.type)
        try:
            properties = self.scoping.resolver.properties(declared.properties)
        except UnknownValueError:
            # What has its name in the template is found without the rest.
            properties = {name: value for name, value in declared.properties.items() if isinstance(value, str)}
        resource = Resource(declared.logical_id, declared.type, properties=properties)
        found = self._operation.adoptable(handler, resource)
        return Change(
            "Import" if found else "Add", declared.logical_id, declared.type, found.physical_id if found else None
        )

    def _details(self, declared: Declared, before: Resource) -> list[Detail]:
        handler = self._region.handler(declared.type)
        names = sorted(declared.properties.keys() | before.properties.keys())
        found = [detail for name in names if (detail := self._compared(declared, before, name))]
        if handler.tagged and before.tags != self._intent.tags:
            found.append(Detail("Tags"))
        if declared.metadata != before.metadata:
            found.append(Detail("Metadata"))
        policies = (declared.deletion_policy, before.deletion_policy, "DeletionPolicy")
        replaced = (declared.update_replace_policy, before.update_replace_policy, "UpdateReplacePolicy")
        found += [Detail(name) for later, earlier, name in (policies, replaced) if later != earlier]
        return found

    def _compared(self, declared: Declared, before: Resource, name: str) -> Detail | None:
        replacing = name in self._region.handler(declared.type).replacing
        attribute = "Tags" if name == "Tags" else "Properties"
        shown = None if name == "Tags" else name
        try:
            later = self.scoping.resolver.properties({name: declared.properties.get(name)}).get(name)
        except UnknownValueError as unknown:
            source = "ResourceAttribute" if unknown.attribute else "ResourceReference"
            cause = f"{unknown.cause}.{unknown.attribute}" if unknown.attribute else unknown.cause
            recreation = "Conditionally" if replacing else "Never"
            return Detail(attribute, shown, recreation, "Dynamic", source, cause)
        if same(later, before.properties.get(name)):
            return None
        origin, parameter = self._source(declared, name)
        return Detail(attribute, shown, "Always" if replacing else "Never", "Static", origin, parameter)

    def _source(self, declared: Declared, name: str) -> tuple[str, str | None]:
        old = self._stack.intent.template.resources.get(declared.logical_id) if self._stack.intent else None
        new = self._intent.template.resources[declared.logical_id]
        if old is not None and old.properties.get(name) == new.properties.get(name):
            for reference, _ in references(new.properties.get(name)):
                if reference in self._intent.parameters:
                    return "ParameterReference", reference
        return "DirectModification", None


def differs(region: Region, stack: Stack, intent: Intent) -> bool:
    """Tell whether an update would do anything; a nested stack must be entered to know."""
    comparison = Comparison(region, stack, intent)
    return bool(comparison.changes()) or stack.tags != intent.tags or comparison.outputs_differ()
