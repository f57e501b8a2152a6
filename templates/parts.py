"""Shapes that all stacks share."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from troposphere import AWSObject, Delete, Output, Parameter, Ref, Retain, RetainExceptOnCreate, Tags, Template
from troposphere.cloudformation import Stack
from troposphere.logs import LogGroup

from pipeline.settings import Settings
from templates.names import template_url

Part: TypeAlias = AWSObject | Parameter | Output
Properties = dict[str, Any]

# The default, said aloud for what holds data and is meant to go nevertheless.
GONE_WITH_THE_STACK: Properties = {"DeletionPolicy": Delete, "UpdateReplacePolicy": Delete}
OUTLIVES_THE_STACK: Properties = {"DeletionPolicy": RetainExceptOnCreate, "UpdateReplacePolicy": Retain}


def stack(description: str, *parts: Part) -> Template:
    """Return the template that consists of these parts."""
    template = Template(Description=description)
    for part in parts:
        if isinstance(part, Parameter):
            template.add_parameter(part)
        elif isinstance(part, Output):
            template.add_output(part)
        else:
            template.add_resource(part)
    return template


def nested(title: str, key: str, parameters: Mapping[str, Any], **properties: Any) -> Stack:
    """Return a stack within the stack, made from the template published under this key."""
    return Stack(title, TemplateURL=template_url(key), Parameters=dict(parameters), **GONE_WITH_THE_STACK, **properties)


def output(title: str, value: Any, description: str) -> Output:
    """Return an output; its title is how other stacks and the pipeline's actions name it."""
    return Output(title, Value=value, Description=description)


def tagged(settings: Settings, **own: Any) -> Properties:
    """Return the Tags property: the user's tags and, where they differ, the resource's own."""
    tags = {**settings.tags, **own}
    return {"Tags": Tags(tags)} if tags else {}


def excused(**checks: str) -> Properties:
    """Return the Metadata property that excuses a resource from policy checks, each with its reason."""
    skips = [{"id": check, "comment": reason} for check, reason in sorted(checks.items())]
    return {"Metadata": {"checkov": {"skip": skips}}}


def log_group(title: str, settings: Settings, name: Any) -> LogGroup:
    """Return an encrypted log group that forgets in time, in a stack that has the parameter `Key`."""
    kept: Properties = {"KmsKeyId": Ref("Key"), "RetentionInDays": settings.release.log_retention}
    return LogGroup(title, LogGroupName=name, **kept, **GONE_WITH_THE_STACK, **tagged(settings))
