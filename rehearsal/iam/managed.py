"""The policies that AWS itself manages: each is there as soon as somebody names it."""

from __future__ import annotations

import functools
import importlib
import json
from typing import TYPE_CHECKING, Any

from moto.iam.models import AWSManagedPolicy, IAMBackend

if TYPE_CHECKING:
    from collections.abc import Callable

OURS = "arn:aws:iam::aws:policy"
NAMING = (
    "attach_group_policy",
    "attach_role_policy",
    "attach_user_policy",
    "create_role",
    "create_user",
    "get_policy",
    "get_policy_version",
    "list_entities_for_policy",
    "list_policy_versions",
    "put_role_permissions_boundary",
    "put_user_permissions_boundary",
)
LISTING = "list_policies"
ORIGINALS = {name: getattr(IAMBackend, name) for name in (*NAMING, LISTING) if hasattr(IAMBackend, name)}


def install() -> None:
    """Let moto find them; it would have all 1,500 of them or none."""
    for name, original in ORIGINALS.items():
        setattr(IAMBackend, name, _all_known(original) if name == LISTING else _named_known(original))


def remove() -> None:
    """Leave moto as it was."""
    for name, original in ORIGINALS.items():
        setattr(IAMBackend, name, original)


def _named_known(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def method(self: Any, *args: Any, **settings: Any) -> Any:
        for value in (*args, *settings.values()):
            if isinstance(value, str) and value.startswith(f"{OURS}/"):
                _know(self, value)
        return original(self, *args, **settings)

    return method


def _all_known(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def method(self: Any, *args: Any, **settings: Any) -> Any:
        if "Local" not in (*args, *settings.values()):
            for arn in _catalogue():
                _know(self, arn)
        return original(self, *args, **settings)

    return method


def _know(backend: Any, arn: str) -> None:
    found = _catalogue().get(arn)
    if found is not None and arn not in backend.managed_policies:
        make: Any = AWSManagedPolicy.from_data
        name, data = found
        backend.managed_policies.setdefault(arn, make(name, backend.account_id, backend.region_name, data))


@functools.cache
def _catalogue() -> dict[str, tuple[str, dict[str, Any]]]:
    module = importlib.import_module("moto.iam.aws_managed_policies")
    listed = json.loads(module.aws_managed_policies_data)
    return {f"{OURS}{data['Path']}{name}": (name, data) for name, data in listed.items()}
