"""What policies would decide about calls that nobody makes: SimulatePrincipalPolicy and SimulateCustomPolicy."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from moto.iam.exceptions import IAMException, NotFoundException

from rehearsal.iam.conditions import UnknownOperatorError
from rehearsal.iam.evaluation import decide
from rehearsal.iam.matching import listed
from rehearsal.iam.principals import Principal, Source, sources
from rehearsal.iam.statements import Asked, Policy, concerns, read, says

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ACTION = re.compile(r"[a-zA-Z0-9-]+:[a-zA-Z0-9]+")
# AWS's own when the caller does not say how many results a page has.
PAGE = 100
UNSUPPORTED = ("PolicyExclusionList", "OrderedOrganizationPolicyInputList", "ResourceHandlingOption", "ResourceOwner")
Given = dict[str, Any]


class InvalidInputError(IAMException):
    """What is asked makes no sense."""

    code = "InvalidInput"


class EvaluationError(IAMException):
    """A policy cannot be evaluated."""

    code = "PolicyEvaluation"


@dataclass(frozen=True)
class Simulation:
    """Somebody with policies, under given circumstances."""

    who: Principal
    sources: tuple[Source, ...]
    context: Mapping[str, list[str]]
    resource_policy: Policy | None = None

    def result(self, action: str, resource: str) -> Given:
        """Return what is decided about one action on one resource."""
        asked = Asked(action, resource, dict(self.context), self.who.names)
        decision = decide(self.who, asked, self.resource_policy)
        denying = "explicitDeny" if decision.explicit else "implicitDeny"
        told: Given = {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": "allowed" if decision.allowed else denying,
            "MatchedStatements": [
                {"SourcePolicyId": source.id, "SourcePolicyType": source.kind}
                for source in self.sources
                if says(source.policy, asked, "Allow") or says(source.policy, asked, "Deny")
            ],
            "MissingContextValues": self._missing(asked),
        }
        if self.who.boundary is not None:
            allowed = says(self.who.boundary, asked, "Allow") and not says(self.who.boundary, asked, "Deny")
            told["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
        return told

    def _missing(self, asked: Asked) -> list[str]:
        """Return the keys that conditions about this call ask for, and that nobody gave."""
        policies = [source.policy for source in self.sources]
        policies += [policy for policy in (self.who.boundary, self.resource_policy) if policy is not None]
        keys = {
            key
            for policy in policies
            for statement in listed(policy.get("Statement"))
            if concerns(statement, asked)
            for tests in (statement.get("Condition") or {}).values()
            for key in tests
        }
        return sorted(key for key in keys if key.lower() not in self.context)


def principal_policy(account: str, given: Given) -> Given:
    """SimulatePrincipalPolicy."""
    arn = str(given["PolicySourceArn"])
    who, own = sources(account, arn)
    if who is None:
        raise NotFoundException(f"The {_kind(arn)} with name {arn.rsplit('/', 1)[-1]} cannot be found.")
    if given.get("ResourcePolicy") and not given.get("CallerArn") and ":user/" not in arn:
        raise InvalidInputError("CallerArn is required with a ResourcePolicy, unless the policy source is a user.")
    return _simulated(who, own, given)


def custom_policy(account: str, given: Given) -> Given:
    """SimulateCustomPolicy."""
    if given.get("ResourcePolicy") and not given.get("CallerArn"):
        raise InvalidInputError("CallerArn is required with a ResourcePolicy.")
    return _simulated(Principal(account, "", ""), (), given)


def _simulated(who: Principal, own: Iterable[Source], given: Given) -> Given:
    if unsupported := [name for name in UNSUPPORTED if given.get(name)]:
        raise InvalidInputError(f"The rehearsal does not support {unsupported[0]} of simulations.")
    policies = (*own, *_given_policies(given))
    caller = str(given.get("CallerArn") or who.arn)
    limit = [_document(text) for text in given.get("PermissionsBoundaryPolicyInputList") or []]
    simulation = Simulation(
        replace(
            who,
            arn=caller,
            owner=caller if given.get("CallerArn") else who.owner,
            policies=tuple(source.policy for source in policies),
            boundary=limit[0] if limit else who.boundary,
        ),
        policies,
        _context(given),
        _document(given["ResourcePolicy"]) if given.get("ResourcePolicy") else None,
    )
    asked = [
        (_checked(action), resource) for action in given["ActionNames"] for resource in given.get("ResourceArns") or "*"
    ]
    return _page(simulation, asked, given)


def _page(simulation: Simulation, asked: list[tuple[str, str]], given: Given) -> Given:
    start = _position(given.get("Marker"))
    end = start + int(given.get("MaxItems") or PAGE)
    try:
        results = [simulation.result(action, resource) for action, resource in asked[start:end]]
    except UnknownOperatorError as error:
        raise EvaluationError(str(error)) from error
    more = end < len(asked)
    return {"EvaluationResults": results, "IsTruncated": more, **({"Marker": str(end)} if more else {})}


def _position(marker: str | None) -> int:
    if marker and not marker.isdigit():
        raise InvalidInputError(f"Invalid Marker: {marker}")
    return int(marker or 0)


def _given_policies(given: Given) -> list[Source]:
    texts = given.get("PolicyInputList") or []
    return [Source(f"PolicyInputList.{place}", "none", _document(text)) for place, text in enumerate(texts, 1)]


def _document(text: str) -> Policy:
    try:
        return read(text)
    except json.JSONDecodeError as error:
        raise InvalidInputError(f"A policy is no JSON: {error}") from error


def _context(given: Given) -> dict[str, list[str]]:
    entries = given.get("ContextEntries") or []
    return {
        entry["ContextKeyName"].lower(): [str(value) for value in entry.get("ContextKeyValues") or []]
        for entry in entries
    }


def _checked(action: str) -> str:
    if not ACTION.fullmatch(action):
        raise InvalidInputError(f"Invalid Action name: {action}")
    return action


def _kind(arn: str) -> str:
    return arn.split(":", 5)[-1].split("/", 1)[0]
