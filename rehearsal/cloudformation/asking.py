"""What callers hand in: template, parameters, tags."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.errors import ValidationError
from rehearsal.cloudformation.reading import BODY_LIMIT, limited
from rehearsal.iam.trust import Acting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.region import Region
    from rehearsal.cloudformation.stack import Stack

Asked = dict[str, Any]
NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")


def checked_name(name: str, what: str = "stackName") -> str:
    """Return a name that is well-formed."""
    if not NAME.fullmatch(name):
        raise ValidationError(
            f"1 validation error detected: Value '{name}' at '{what}' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    return name


def body(region: Region, asked: Asked, caller: str | None, stack: Stack | None = None) -> str:
    """Return the text of the template that the caller means."""
    given = [key for key in ("TemplateBody", "TemplateURL", "UsePreviousTemplate") if asked.get(key)]
    if len(given) != 1:
        raise ValidationError("Exactly one of TemplateBody, TemplateURL and UsePreviousTemplate must be specified.")
    if given == ["TemplateBody"]:
        return limited(asked["TemplateBody"], BODY_LIMIT)
    if given == ["TemplateURL"]:
        return region.fetch(asked["TemplateURL"], caller)
    if stack is None or stack.intent is None:
        raise ValidationError("UsePreviousTemplate needs a stack that has a template.")
    return stack.intent.template.text


def parameters(asked: Asked, stack: Stack | None) -> dict[str, str]:
    """Return the parameters, previous values filled in."""
    previous = stack.intent.parameters if stack and stack.intent else {}
    given: dict[str, str] = {}
    for item in asked.get("Parameters") or []:
        key = item["ParameterKey"]
        if not item.get("UsePreviousValue"):
            given[key] = str(item.get("ParameterValue", ""))
        elif item.get("ParameterValue"):
            raise ValidationError(
                f"Invalid input for parameter key {key}. "
                "Cannot specify usePreviousValue as true and non empty value for a parameter"
            )
        elif key not in previous:
            raise ValidationError(
                f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a parameter key "
                "not in the previous template"
            )
        else:
            given[key] = previous[key].text
    return given


def tags(asked: Asked, stack: Stack | None = None) -> Mapping[str, str]:
    """Return the tags; when none are given, the stack keeps its own."""
    if not asked.get("Tags"):
        return stack.tags if stack else {}
    return {tag["Key"]: tag["Value"] for tag in asked["Tags"]}


def take_role(region: Region, stack: Stack, given: str | None) -> None:
    """Let the stack remember the role that it is given, or else keep its own; refuse one that does not trust us."""
    role = given or stack.role_arn
    if role and not Acting("cloudformation.amazonaws.com", stack.id).may_assume(region.cloud, role):
        raise ValidationError(f"Role {role} is invalid or cannot be assumed")
    stack.role_arn = role


def take_settings(region: Region, stack: Stack, asked: Asked, caller: str | None) -> None:
    """Let the stack remember with whose rights, and how, it is run."""
    take_role(region, stack, asked.get("RoleARN"))
    stack.caller_arn = caller
    stack.capabilities = tuple(asked.get("Capabilities") or ())
    if asked.get("NotificationARNs") is not None:
        stack.notification_arns = tuple(asked["NotificationARNs"])
