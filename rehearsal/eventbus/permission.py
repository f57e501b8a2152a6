"""Whether a resource's own policy lets a service of AWS use it."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

Policy = dict[str, Any]


def allows(policy: Policy | str | None, service: str, action: str, source_arn: str, account: str) -> bool:
    """Say whether a statement allows the service this action on behalf of the source, and none denies it."""
    document = json.loads(policy) if isinstance(policy, str) and policy else policy
    statements = _listed(document.get("Statement", [])) if isinstance(document, dict) else []
    context = {"aws:sourcearn": source_arn, "aws:sourceaccount": account}
    effects = {each["Effect"] for each in statements if _applies(each, service, action, context)}
    return effects == {"Allow"}


def _applies(statement: dict[str, Any], service: str, action: str, context: dict[str, str]) -> bool:
    actions = [each.lower() for each in _listed(statement.get("Action", []))]
    return (
        _names(statement.get("Principal"), service)
        and any(fnmatchcase(action.lower(), each) for each in actions)
        and all(_holds(name, tests, context) for name, tests in statement.get("Condition", {}).items())
    )


def _names(principal: Any, service: str) -> bool:
    if isinstance(principal, dict):
        return "*" in _listed(principal.get("AWS", [])) or service in _listed(principal.get("Service", []))
    return principal in ("*", service)


def _holds(operator: str, tests: dict[str, Any], context: dict[str, str]) -> bool:
    exact = operator in ("StringEquals", "ArnEquals")
    if not exact and operator not in ("StringLike", "ArnLike"):
        return False
    return all(
        any(_like(context.get(key.lower(), ""), each, exact=operator == "StringEquals") for each in _listed(wanted))
        for key, wanted in tests.items()
    )


def _like(value: str, wanted: str, *, exact: bool) -> bool:
    return value == wanted if exact else fnmatchcase(value, wanted)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
