"""What a template says once its parameters are known: a reading of CloudFormation's intrinsic functions.

What only AWS can know stays a mark such as `<LoadBalancer.Arn>`, which is equal to itself and to nothing else.
"""

import re
from collections.abc import Mapping
from typing import Any

REFERENCE = re.compile(r"\$\{(!?)([^}]+)\}")
# At their longest.
AWS = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "us-gov-west-1",
    "AWS::URLSuffix": "amazonaws.com",
}


def resolved(value: Any, template: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """Return the value with every function carried out."""
    return _Reading(template, {**AWS, **known}).of(value)


class _Reading:
    def __init__(self, template: Mapping[str, Any], known: Mapping[str, Any]) -> None:
        self.template = template
        self.known = known

    def of(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.of(each) for each in value]
        if not isinstance(value, dict):
            return value
        [(name, argument), *others] = value.items() or [("", None)]
        function = None if others else FUNCTIONS.get(name)
        return function(self, argument) if function else {key: self.of(each) for key, each in value.items()}

    def named(self, name: str) -> Any:
        return self.known.get(name, f"<{name}>")

    def attribute(self, of: Any) -> Any:
        return self.named(of if isinstance(of, str) else ".".join(of))

    def text(self, argument: Any) -> str:
        pattern, own = (argument, {}) if isinstance(argument, str) else argument
        values = {name: self.of(value) for name, value in own.items()}

        def fill(found: re.Match[str]) -> str:
            literal, name = found.groups()
            return f"${{{name}}}" if literal else str(values.get(name, self.named(name)))

        return REFERENCE.sub(fill, pattern)

    def joined(self, argument: Any) -> str:
        delimiter, values = argument[0], self.of(argument[1])
        return values if isinstance(values, str) else delimiter.join(map(str, values))

    def chosen(self, argument: Any) -> Any:
        condition, then, otherwise = argument
        return self.of(then if self.of(self.template["Conditions"][condition]) else otherwise)

    def mapped(self, argument: Any) -> Any:
        mapping, first, second = (self.of(each) for each in argument)
        return self.template["Mappings"][mapping].get(first, {}).get(second, f"<{mapping}.{first}.{second}>")


FUNCTIONS = {
    "Ref": _Reading.named,
    "Fn::GetAtt": _Reading.attribute,
    "Fn::Sub": _Reading.text,
    "Fn::Join": _Reading.joined,
    "Fn::If": _Reading.chosen,
    "Fn::Equals": lambda reading, pair: reading.of(pair[0]) == reading.of(pair[1]),
    "Fn::FindInMap": _Reading.mapped,
    "Fn::Select": lambda reading, pair: f"<{pair[0]} of {reading.of(pair[1])}>",
    "Fn::GetAZs": lambda reading, region: f"<zones of {reading.of(region)}>",
}
