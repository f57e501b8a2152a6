"""The only place where moto's own look at permissions is replaced by ours."""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from rehearsal.iam import managed
from rehearsal.iam.statements import Asked, read, says

ORIGINAL = FakeBucket.get_permission


def install() -> None:
    """Let the gate read bucket policies, moto those only who come without credentials; add the policies of AWS."""
    _swap(_permission)
    managed.install()


def remove() -> None:
    """Leave moto as it was."""
    _swap(ORIGINAL)
    managed.remove()


def _permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    asked = Asked(action, resource, {"aws:securetransport": ["true"]})
    public = says(read(bucket.policy), asked, "Allow")
    return PermissionResult.PERMITTED if public else PermissionResult.NEUTRAL


def _swap(permission: Any) -> None:
    setattr(FakeBucket, "get_permission", permission)  # noqa: B010 - a method of moto's class
