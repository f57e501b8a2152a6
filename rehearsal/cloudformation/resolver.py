"""Expressions become values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rehearsal.cloudformation.functions import PURE, wrong
from rehearsal.cloudformation.references import PLACEHOLDER, pair, substitution
from rehearsal.cloudformation.shaping import text

NO_VALUE: Final = object()
DYNAMIC = re.compile(r"\{\{resolve:([^{}]+)\}\}")


class UnknownValueError(Exception):
    """A value that is known only once another resource has been made or changed."""

    def __init__(self, cause: str, attribute: str | None) -> None:
        """Name the resource that decides it."""
        super().__init__(cause)
        self.cause = cause
        self.attribute = attribute


@dataclass(frozen=True)
class Scope:
    """What names mean in one stack."""

    values: Mapping[str, Any]
    mappings: Mapping[str, Any]
    conditions: Mapping[str, bool]
    reference: Callable[[str], Any]
    attribute: Callable[[str, str], Any]
    imported: Callable[[str], str]
    zones: Callable[[str], list[str]]
    dynamic: Callable[[str], str]


class Resolver:
    """Evaluates expressions in a scope."""

    def __init__(self, scope: Scope) -> None:
        """Take the scope."""
        self._scope = scope
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._getatt,
            "Fn::Sub": self._sub,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find,
            "Fn::GetAZs": self._zones,
            "Fn::ImportValue": lambda argument: scope.imported(text(self.value(argument))),
        }

    def properties(self, node: Any) -> Any:
        """Return an expression's value, with dynamic references looked up."""
        return self._looked_up(self.value(node))

    def value(self, node: Any) -> Any:
        """Return an expression's value."""
        if isinstance(node, list):
            return [value for value in (self.value(inner) for inner in node) if value is not NO_VALUE]
        if not isinstance(node, Mapping):
            return node
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            if name in self._functions:
                return self._functions[name](argument)
            if name in PURE:
                return PURE[name](self.value(argument))
        if unknown := [key for key in node if str(key).startswith("Fn::")]:
            raise wrong(f"function {unknown[0]}", "is not supported here")
        found = {key: self.value(inner) for key, inner in node.items()}
        return {key: value for key, value in found.items() if value is not NO_VALUE}

    def _looked_up(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._looked_up(inner) for inner in value]
        if isinstance(value, dict):
            return {key: self._looked_up(inner) for key, inner in value.items()}
        if isinstance(value, str) and "{{resolve:" in value:
            return DYNAMIC.sub(lambda match: self._scope.dynamic(match[1]), value)
        return value

    def _ref(self, name: Any) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self._scope.values[name] if name in self._scope.values else self._scope.reference(str(name))

    def _getatt(self, argument: Any) -> Any:
        name, attribute = pair(argument)
        return self._scope.attribute(name, text(self.value(attribute)))

    def _sub(self, argument: Any) -> str:
        template, local = substitution(argument)
        own = {name: self.value(value) for name, value in local.items()}

        def filled(match: re.Match[str]) -> str:
            name = match[2].strip()
            if match[1]:
                return "${" + match[2] + "}"
            if name in own:
                return text(own[name])
            return text(self._getatt(name) if "." in name else self._ref(name))

        return PLACEHOLDER.sub(filled, template)

    def _if(self, argument: Any) -> Any:
        if not isinstance(argument, list) or len(argument) != 3:
            raise wrong("Fn::If", "requires a list argument with three elements")
        condition, yes, no = argument
        if condition not in self._scope.conditions:
            raise wrong("Fn::If", f"names the undefined condition {condition}")
        return self.value(yes if self._scope.conditions[condition] else no)

    def _find(self, argument: Any) -> Any:
        keys = [self.value(item) for item in argument]
        found: Any = self._scope.mappings
        for key in keys[:3]:
            if not isinstance(found, Mapping) or text(key) not in {text(known) for known in found}:
                if len(keys) == 4 and isinstance(keys[3], Mapping) and "DefaultValue" in keys[3]:
                    return keys[3]["DefaultValue"]
                raise wrong("Unable to get mapping for", "::".join(text(key) for key in keys[:3]))
            found = {text(known): value for known, value in found.items()}[text(key)]
        return found

    def _zones(self, argument: Any) -> list[str]:
        region = self.value(argument)
        return self._scope.zones(text(region or self._scope.values["AWS::Region"]))


class Conditions:
    """Finds out which conditions hold; they may name each other."""

    def __init__(self, declared: Mapping[str, Any], resolver: Resolver) -> None:
        """Take the declarations, and whatever evaluates the values in them."""
        self._declared = declared
        self._resolver = resolver
        self._known: dict[str, bool] = {}

    def all(self) -> dict[str, bool]:
        """Return every condition's truth."""
        return {name: self._named(name, ()) for name in self._declared}

    def _named(self, name: str, path: tuple[str, ...]) -> bool:
        if name in path or name not in self._declared:
            raise wrong("Conditions", f"name {'themselves' if name in path else 'the undefined condition'}: {name}")
        if name not in self._known:
            self._known[name] = self._holds(self._declared[name], (*path, name))
        return self._known[name]

    def _holds(self, node: Any, path: tuple[str, ...]) -> bool:
        if not isinstance(node, Mapping) or len(node) != 1:
            raise wrong("every Conditions member", "must contain one condition function")
        name, argument = next(iter(node.items()))
        if name == "Condition":
            return self._named(argument, path)
        if not isinstance(argument, list):
            raise wrong(name, "requires a list argument")
        if name == "Fn::Equals":
            left, right = (text(self._resolver.value(side)) for side in argument)
            return left == right
        return self._combined(name, [self._holds(part, path) for part in argument])

    @staticmethod
    def _combined(name: str, parts: list[bool]) -> bool:
        if name == "Fn::Not":
            return not parts[0]
        if name in ("Fn::And", "Fn::Or"):
            return all(parts) if name == "Fn::And" else any(parts)
        raise wrong(f"function {name}", "is not allowed in Conditions")
