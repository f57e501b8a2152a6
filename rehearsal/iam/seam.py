"""The only place where moto's own look at permissions is replaced by ours."""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from rehearsal.iam.statements import Asked, read, says

ORIGINAL = FakeBucket.get_permission


def install() -> None:
    """Let bucket policies be read by the gate, and here for those only who come without credentials."""
    _swap(_permission)


def remove() -> None:
    """Leave moto as it was."""
    _swap(ORIGINAL)


def _permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    asked = Asked(action, resource, {"aws:securetransport": ["true"]})
    public = says(read(bucket.policy), asked, "Allow")
    return PermissionResult.PERMITTED if public else PermissionResult.NEUTRAL


def _swap(permission: Any) -> None:
    setattr(FakeBucket, "get_permission", permission)  # noqa: B010 - a method of moto's class
