"""The operations that only read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation import answers, asking
from rehearsal.cloudformation.answers import resource_shown
from rehearsal.cloudformation.constraints import plain
from rehearsal.cloudformation.errors import StackNotFoundError, ValidationError
from rehearsal.cloudformation.template import Template
from rehearsal.cloudformation.validation import POWERS, capabilities, validate

if TYPE_CHECKING:
    from rehearsal.cloudformation.asking import Asked
    from rehearsal.cloudformation.region import Region
    from rehearsal.cloudformation.stack import Resource, Stack


def describe_stacks(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """DescribeStacks."""
    with region.lock:
        if asked.get("StackName"):
            found = [region.stack(asked["StackName"])]
        else:
            found = [stack for stack in reversed(region.stacks.values()) if stack.exists]
        return answers.page("Stacks", [answers.stack_shown(stack) for stack in found], asked.get("NextToken"))


def list_stacks(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """ListStacks."""
    wanted = asked.get("StackStatusFilter")
    with region.lock:
        found = [stack for stack in reversed(region.stacks.values()) if not wanted or stack.status in wanted]
        return answers.page("StackSummaries", [answers.stack_summary(one) for one in found], asked.get("NextToken"))


def describe_stack_events(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """DescribeStackEvents."""
    with region.lock:
        return answers.events_page(region.stack(asked["StackName"]).events, asked.get("NextToken"))


def describe_stack_resources(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """DescribeStackResources."""
    with region.lock:
        stack = _holding(region, asked)
        chosen = asked.get("LogicalResourceId")
        found = [one for name, one in stack.resources.items() if chosen in (None, name)]
        if chosen and not found:
            raise _missing(stack, chosen)
        return {"StackResources": [resource_shown(stack, resource) for resource in found]}


def _holding(region: Region, asked: Asked) -> Stack:
    if asked.get("StackName"):
        return region.stack(asked["StackName"])
    physical = asked.get("PhysicalResourceId")
    if not physical:
        raise ValidationError("Either StackName or PhysicalResourceId must be specified")
    for stack in region.stacks.values():
        if stack.exists and any(resource.physical_id == physical for resource in stack.resources.values()):
            return stack
    raise ValidationError(f"Stack for {physical} does not exist")


def describe_stack_resource(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """DescribeStackResource."""
    with region.lock:
        stack = region.stack(asked["StackName"])
        resource: Resource | None = stack.resources.get(asked["LogicalResourceId"])
        if resource is None:
            raise _missing(stack, asked["LogicalResourceId"])
        return {"StackResourceDetail": resource_shown(stack, resource)}


def _missing(stack: Stack, name: str) -> ValidationError:
    return ValidationError(f"Resource {name} does not exist for stack {stack.name}")


def list_stack_resources(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """ListStackResources."""
    with region.lock:
        stack = region.stack(asked["StackName"])
        found = [resource_shown(stack, resource) for resource in stack.resources.values()]
    return answers.page("StackResourceSummaries", found, asked.get("NextToken"))


def get_template(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """GetTemplate."""
    if asked.get("ChangeSetName"):
        sets = [one for one in region.change_sets.values() if asked["ChangeSetName"] in (one.id, one.name)]
        found = [one.body for one in sets if asked.get("StackName") in (None, one.stack.name, one.stack.id)]
        if not found:
            raise ValidationError(f"ChangeSet [{asked['ChangeSetName']}] does not exist")
        return {"TemplateBody": found[-1], "StagesAvailable": ["Original", "Processed"]}
    if not asked.get("StackName"):
        raise ValidationError("Either StackName or ChangeSetName must be specified")
    stack = region.stack(asked["StackName"])
    if stack.intent is None:
        raise StackNotFoundError(asked["StackName"])
    return {"TemplateBody": stack.intent.template.text, "StagesAvailable": ["Original", "Processed"]}


def get_template_summary(region: Region, asked: Asked, caller: str | None) -> dict[str, Any]:
    """GetTemplateSummary."""
    template = _asked_template(region, asked, caller)
    return {
        **_facts(template),
        "ResourceTypes": template.types,
        "Version": template.document.get("AWSTemplateFormatVersion"),
        "Metadata": None,
        "Parameters": [
            {**_parameter(key, declared), "ParameterType": declared["Type"], "ParameterConstraints": _limits(declared)}
            for key, declared in template.section("Parameters").items()
        ],
    }


def validate_template(region: Region, asked: Asked, caller: str | None) -> dict[str, Any]:
    """ValidateTemplate."""
    template = _asked_template(region, asked, caller)
    validate(template, region.knows)
    shown = [_parameter(key, declared) for key, declared in template.section("Parameters").items()]
    return {**_facts(template), "Parameters": shown}


def _asked_template(region: Region, asked: Asked, caller: str | None) -> Template:
    if not asked.get("StackName"):
        return Template.parse(asking.body(region, asked, caller))
    stack = region.stack(asked["StackName"])
    if stack.intent is None:
        raise ValidationError("GetTemplateSummary cannot be called on REVIEW_IN_PROGRESS stacks.")
    return stack.intent.template


def _facts(template: Template) -> dict[str, Any]:
    powerful = sorted({kind for kind in template.types if kind in POWERS})
    needed = capabilities(template) + (["CAPABILITY_AUTO_EXPAND"] if template.transforms else [])
    return {
        "Description": template.description,
        "Capabilities": needed,
        "CapabilitiesReason": f"The following resource(s) require capabilities: [{', '.join(powerful)}]"
        if powerful
        else None,
        "DeclaredTransforms": template.transforms,
    }


def _parameter(key: str, declared: Any) -> dict[str, Any]:
    return {
        "ParameterKey": key,
        "DefaultValue": plain(declared["Default"]) if "Default" in declared else None,
        "NoEcho": plain(declared.get("NoEcho", False)) == "true",
        "Description": declared.get("Description"),
    }


def _limits(declared: Any) -> dict[str, Any]:
    return {"AllowedValues": [plain(value) for value in declared.get("AllowedValues", [])]}


def list_exports(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """ListExports."""
    with region.lock:
        found = [
            {"ExportingStackId": stack.id, "Name": name, "Value": output.value}
            for stack in region.stacks.values()
            if stack.exists
            for name, output in sorted(stack.exports().items())
        ]
    return answers.page("Exports", found, asked.get("NextToken"))


def list_imports(region: Region, asked: Asked, _caller: str | None) -> dict[str, Any]:
    """ListImports."""
    users = region.users(asked["ExportName"])
    if not users:
        raise ValidationError(f"Export '{asked['ExportName']}' is not imported by any stack.")
    return answers.page("Imports", users, asked.get("NextToken"))
