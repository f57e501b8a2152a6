"""Who calls: users and sessions of roles, with the policies that hold for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from rehearsal.iam.statements import Policy, read

PARTITION = "aws"


class ExpiredError(Exception):
    """The credentials were good once."""


@dataclass(frozen=True)
class Principal:
    """A user, or a role as somebody has assumed it."""

    account: str
    arn: str
    # The role of a session, or the user: `aws:PrincipalArn`.
    owner: str
    policies: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session_policy: Policy | None = None

    @property
    def root(self) -> str:
        """Return the ARN that stands for the whole account."""
        return f"arn:{PARTITION}:iam::{self.account}:root"

    @property
    def names(self) -> frozenset[str]:
        """Return the names by which the policy of a resource may mean the caller directly."""
        return frozenset({self.arn, self.owner})


def caller(account: str, key: str) -> Principal | None:
    """Return whose access key this is; nobody's that this server issued, if nothing is returned."""
    for session in sts_backends[account][PARTITION].assumed_roles:
        if session.access_key_id == key:
            if _aware(session.expiration) <= datetime.now(UTC):
                raise ExpiredError
            return role(account, session.role_arn, session.session_name, session.policy)
    for user in iam_backends[account][PARTITION].users.values():
        if any(each.access_key_id == key for each in user.access_keys):
            return _user(account, user)
    return None


def role(account: str, role_arn: str, session: str, policy: str | None = None) -> Principal:
    """Return a session of a role; one of a role that does not exist may do nothing."""
    arn = f"arn:{PARTITION}:sts::{account}:assumed-role/{role_arn.rsplit('/', 1)[-1]}/{session}"
    session_policy = read(policy) if policy else None
    try:
        found = iam_backends[account][PARTITION].get_role_by_arn(role_arn)
    except NotFoundException:
        return Principal(account, arn, role_arn, session_policy=session_policy)
    return Principal(account, arn, role_arn, _policies(found), _boundary(account, found), session_policy)


@dataclass(frozen=True)
class Source:
    """A policy, and where it comes from."""

    id: str
    # As IAM names it: role, user, group, aws-managed, user-managed, none.
    kind: str
    policy: Policy


def sources(account: str, arn: str) -> tuple[Principal | None, tuple[Source, ...]]:
    """Return a role, user or group with its policies one by one; nobody if there is none of that name."""
    kind, _, path = arn.split(":", 5)[-1].partition("/")
    backend = iam_backends[account][PARTITION]
    name = path.rsplit("/", 1)[-1]
    named = {"role": _by_name(backend.roles), "user": backend.users, "group": backend.groups}.get(kind, {})
    owner: Any = named.get(name)
    if owner is None or owner.arn != arn:
        return None, ()
    owners = [(kind, owner)]
    if kind == "user":
        owners += [("group", group) for group in backend.get_groups_for_user(name)]
    who = Principal(account, arn, arn, _policies(owner), _boundary(account, owner))
    return who, tuple(source for each, holder in owners for source in _sources(each, holder))


def _by_name(roles: Any) -> dict[str, Any]:
    return {each.name: each for each in roles.values()}


def _sources(kind: str, owner: Any) -> list[Source]:
    inline = [Source(f"{kind}_{owner.name}_{name}", kind, read(text)) for name, text in owner.policies.items()]
    managed = [
        Source(policy.name, "aws-managed" if ":aws:policy/" in policy.arn else "user-managed", _document(policy))
        for policy in owner.managed_policies.values()
    ]
    return [*inline, *managed]


def _user(account: str, user: Any) -> Principal:
    groups = iam_backends[account][PARTITION].get_groups_for_user(user.name)
    policies = (*_policies(user), *(policy for group in groups for policy in _policies(group)))
    return Principal(account, user.arn, user.arn, policies, _boundary(account, user))


def _policies(owner: Any) -> tuple[Policy, ...]:
    inline = [read(document) for document in owner.policies.values()]
    managed = [_document(policy) for policy in owner.managed_policies.values()]
    return (*inline, *managed)


def _boundary(account: str, owner: Any) -> Policy | None:
    arn = getattr(owner, "permissions_boundary_arn", None)
    if not arn:
        return None
    policy = iam_backends[account][PARTITION].managed_policies.get(arn)
    # A boundary that is gone allows nothing.
    return _document(policy) if policy else {}


def _document(policy: Any) -> Policy:
    return read(next(each.document for each in policy.versions if each.is_default))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
