"""Policies and what their statements say."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from rehearsal.iam.conditions import Context, hold
from rehearsal.iam.matching import like, listed

Policy = dict[str, Any]
VARIABLE = re.compile(r"\$\{([^}]+)\}")


@dataclass(frozen=True)
class Asked:
    """One question: may this be done to that, under these circumstances."""

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)
    principals: frozenset[str] = frozenset()


def read(policy: Any) -> Policy:
    """Return a policy that may come as text; nothing is a policy without statements."""
    if isinstance(policy, (str, bytes)):
        policy = json.loads(policy) if policy else {}
    return policy if isinstance(policy, dict) else {}


def says(policy: Policy, asked: Asked, effect: Literal["Allow", "Deny"]) -> bool:
    """Say whether a statement of the policy applies to the question and has this effect."""
    statements = listed(policy.get("Statement"))
    return any(each.get("Effect") == effect and _applies(each, asked) for each in statements)


def concerns(statement: dict[str, Any], asked: Asked) -> bool:
    """Say whether a statement is about the question, whatever its conditions say."""
    return (
        _principal_is_meant(statement, asked)
        and _action_is_meant(statement, asked)
        and _resource_is_meant(statement, asked)
    )


def _applies(statement: dict[str, Any], asked: Asked) -> bool:
    return concerns(statement, asked) and hold(statement.get("Condition") or {}, asked.context)


def _action_is_meant(statement: dict[str, Any], asked: Asked) -> bool:
    name = "Action" if "Action" in statement else "NotAction"
    found = any(like(asked.action.lower(), each.lower()) for each in listed(statement.get(name)))
    return found == (name == "Action")


def _resource_is_meant(statement: dict[str, Any], asked: Asked) -> bool:
    # The trust policy of a role has none: it is about that role.
    if "Resource" not in statement and "NotResource" not in statement:
        return True
    name = "Resource" if "Resource" in statement else "NotResource"
    found = any(like(asked.resource, _filled(each, asked.context)) for each in listed(statement.get(name)))
    return found == (name == "Resource")


def _principal_is_meant(statement: dict[str, Any], asked: Asked) -> bool:
    if "Principal" not in statement and "NotPrincipal" not in statement:
        return True
    name = "Principal" if "Principal" in statement else "NotPrincipal"
    named = statement[name]
    values = listed(named) if not isinstance(named, dict) else [one for each in named.values() for one in listed(each)]
    found = any(each == "*" or each in asked.principals for each in values)
    return found == (name == "Principal")


def _filled(pattern: str, context: Context) -> str:
    """Put the values of policy variables into a pattern; one without a value matches nothing."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        if name in ("*", "?", "$"):
            return name
        return (context.get(name.lower()) or ["\0"])[0]

    return VARIABLE.sub(value, pattern)
