"""The values that a stack's parameters have."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.constraints import check, plain
from rehearsal.cloudformation.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rehearsal.cloudformation.template import Template

SSM_VALUE = re.compile(r"AWS::SSM::Parameter::Value<(.+)>")
SSM_NAME = "AWS::SSM::Parameter::Name"
LISTS = re.compile(r"CommaDelimitedList|List<.+>")
AWS_TYPES = re.compile(
    r"(List<)?AWS::(EC2::(AvailabilityZone::Name|Image::Id|Instance::Id|KeyPair::KeyName|SecurityGroup::(GroupName|Id)"
    r"|Subnet::Id|Volume::Id|VPC::Id)|Route53::HostedZone::Id)>?"
)
PLAIN_TYPES = frozenset({"String", "Number", "List<Number>", "CommaDelimitedList", SSM_NAME})
MASK = "****"


@dataclass(frozen=True)
class Parameter:
    """One parameter: the text it was given, and what a Ref to it gives."""

    key: str
    text: str
    value: Any
    hidden: bool = False
    # What a parameter of an SSM type stands for.
    resolved: str | None = None

    def shown(self) -> dict[str, str]:
        """Return it as the API prints it."""
        shown = {"ParameterKey": self.key, "ParameterValue": MASK if self.hidden else self.text}
        return shown if self.resolved is None else {**shown, "ResolvedValue": self.resolved}


def bind(template: Template, given: Mapping[str, str], ssm: Callable[[str], str]) -> dict[str, Parameter]:
    """Return every declared parameter with its value, having checked them all."""
    declared = template.section("Parameters")
    if unknown := [key for key in given if key not in declared]:
        raise ValidationError(f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
    missing = [key for key, body in declared.items() if key not in given and "Default" not in body]
    if missing:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    return {key: _bound(key, body, given.get(key), ssm) for key, body in declared.items()}


def _bound(key: str, declared: Mapping[str, Any], given: str | None, ssm: Callable[[str], str]) -> Parameter:
    kind = checked_type(key, declared)
    text = plain(declared["Default"]) if given is None else str(given)
    check(key, declared, text)
    hidden = plain(declared.get("NoEcho", False)) == "true"
    stored = SSM_VALUE.fullmatch(kind)
    effective = ssm(text) if stored else text
    value = _value(stored[1] if stored else kind, effective)
    return Parameter(key, text, value, hidden, effective if stored else None)


def checked_type(key: str, declared: Mapping[str, Any]) -> str:
    """Return the parameter's type, which must be one that CloudFormation has."""
    kind = str(declared.get("Type", ""))
    stored = SSM_VALUE.fullmatch(kind)
    inner = stored[1] if stored else kind
    if inner not in PLAIN_TYPES | {"List<String>"} and not AWS_TYPES.fullmatch(inner):
        raise ValidationError(f"Template format error: Unrecognized parameter type: {kind} (of parameter {key})")
    return kind


def _value(kind: str, text: str) -> Any:
    if not LISTS.fullmatch(kind):
        return text
    return [item.strip() for item in text.split(",")] if text else []
