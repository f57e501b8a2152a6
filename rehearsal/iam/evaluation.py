"""How AWS decides: an explicit deny wins, then everybody concerned has to allow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rehearsal.iam.statements import Asked, Policy, says

if TYPE_CHECKING:
    from rehearsal.iam.principals import Principal

# Their resources' policies have to agree, at least by leaving it to the account's own.
STRICT = ("kms:", "sts:assumerole")


@dataclass(frozen=True)
class Decision:
    """What was decided, and for a denial why."""

    allowed: bool
    reason: str = ""
    # A statement denies it; otherwise a denial means that none allows it.
    explicit: bool = False


def decide(who: Principal, asked: Asked, resource_policy: Policy | None = None) -> Decision:
    """Decide whether somebody may do something; `resource_policy` is the policy of the resource itself, if any."""
    asked = replace(asked, principals=who.names)
    denied = _explicit(who, asked, resource_policy)
    if denied:
        return Decision(allowed=False, reason=f"with an explicit deny in {denied}", explicit=True)
    by_resource = resource_policy is not None and says(resource_policy, asked, "Allow")
    if by_resource and _names_session(resource_policy, asked, who):
        return Decision(allowed=True)
    limit = _limit(who, asked)
    if limit:
        return Decision(allowed=False, reason=f"because no {limit} allows the {asked.action} action")
    if by_resource:
        return Decision(allowed=True)
    return _by_identity(who, asked, resource_policy)


def _by_identity(who: Principal, asked: Asked, resource_policy: Policy | None) -> Decision:
    if resource_policy is not None and asked.action.lower().startswith(STRICT):
        delegated = replace(asked, principals=frozenset({who.root, who.account}))
        if not says(resource_policy, delegated, "Allow"):
            why = f"because no resource-based policy allows the {asked.action} action"
            return Decision(allowed=False, reason=why)
    if any(says(policy, asked, "Allow") for policy in who.policies):
        return Decision(allowed=True)
    return Decision(allowed=False, reason=f"because no identity-based policy allows the {asked.action} action")


def _explicit(who: Principal, asked: Asked, resource_policy: Policy | None) -> str:
    groups = {
        "an identity-based policy": who.policies,
        "a permissions boundary": () if who.boundary is None else (who.boundary,),
        "a session policy": () if who.session_policy is None else (who.session_policy,),
        "a resource-based policy": () if resource_policy is None else (resource_policy,),
    }
    found = (kind for kind, policies in groups.items() if any(says(each, asked, "Deny") for each in policies))
    return next(found, "")


def _limit(who: Principal, asked: Asked) -> str:
    """Name what keeps the caller from doing it, whatever else allows it."""
    limits = {"permissions boundary": who.boundary, "session policy": who.session_policy}
    found = (kind for kind, policy in limits.items() if policy is not None and not says(policy, asked, "Allow"))
    return next(found, "")


def _names_session(policy: Policy | None, asked: Asked, who: Principal) -> bool:
    """Say whether a resource's policy names the session or user itself, which boundaries do not limit."""
    return policy is not None and says(
        _without_everybody(policy), replace(asked, principals=frozenset({who.arn})), "Allow"
    )


def _without_everybody(policy: Policy) -> Policy:
    statements = policy.get("Statement") or []
    kept = [each for each in (statements if isinstance(statements, list) else [statements]) if not _everybody(each)]
    return {**policy, "Statement": kept}


def _everybody(statement: Policy) -> bool:
    principal = statement.get("Principal")
    return principal == "*" or (isinstance(principal, dict) and principal.get("AWS") in ("*", ["*"]))
