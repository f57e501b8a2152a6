"""Stacks, resources and events as the API prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.cloudformation.stack import Event, Output, Resource, Stack

PAGE = 100


def stack_shown(stack: Stack) -> dict[str, Any]:
    """Return a stack."""
    return {
        **stack_summary(stack),
        "Description": stack.intent.template.description if stack.intent else None,
        "Parameters": [bound.shown() for bound in stack.intent.parameters.values()] if stack.intent else [],
        "Outputs": [output_shown(output) for output in stack.outputs],
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags.items()],
        "Capabilities": list(stack.capabilities),
        "NotificationARNs": list(stack.notification_arns),
        "RoleARN": stack.role_arn,
        "DisableRollback": stack.disable_rollback,
        "EnableTerminationProtection": stack.termination_protection,
        "TimeoutInMinutes": stack.timeout,
        "ChangeSetId": stack.change_set_id,
    }


def stack_summary(stack: Stack) -> dict[str, Any]:
    """Return a stack as ListStacks prints it."""
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "TemplateDescription": stack.intent.template.description if stack.intent else None,
        "CreationTime": stack.created,
        "LastUpdatedTime": stack.updated,
        "DeletionTime": stack.deleted,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "ParentId": stack.parent_id,
        "RootId": stack.root_id,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def output_shown(output: Output) -> dict[str, Any]:
    """Return an output."""
    return {
        "OutputKey": output.key,
        "OutputValue": output.value,
        "Description": output.description,
        "ExportName": output.export,
    }


def resource_shown(stack: Stack, resource: Resource) -> dict[str, Any]:
    """Return a resource, with the names of the time that the various operations use."""
    return {
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id or None,
        "ResourceType": resource.type,
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.reason,
        "Timestamp": resource.updated,
        "LastUpdatedTimestamp": resource.updated,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def event_shown(event: Event) -> dict[str, Any]:
    """Return an event."""
    return {
        "StackId": event.stack_id,
        "EventId": event.id,
        "StackName": event.stack_name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "Timestamp": event.time,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
        "ResourceProperties": event.properties,
        "ClientRequestToken": event.token,
    }


def page(name: str, items: Sequence[Any], token: str | None) -> dict[str, Any]:
    """Return one page of a list; the token is where the next one starts."""
    start = _position(token)
    shown = {name: list(items[start : start + PAGE])}
    return {**shown, "NextToken": str(start + PAGE)} if len(items) > start + PAGE else shown


def events_page(events: Sequence[Event], token: str | None) -> dict[str, Any]:
    """Return one page of events, newest first; the token counts from the oldest, as newer ones keep coming."""
    end = _position(token) if token else len(events)
    start = max(0, end - PAGE)
    shown = {"StackEvents": [event_shown(event) for event in reversed(events[start:end])]}
    return {**shown, "NextToken": str(start)} if start else shown


def _position(token: str | None) -> int:
    if token and not token.isdigit():
        raise ValidationError(f"NextToken {token} is not valid")
    return int(token or 0)
