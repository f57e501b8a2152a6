"""Names and passwords for registries, as clients send them in headers."""

from __future__ import annotations

import base64
import binascii
import json
from typing import TYPE_CHECKING, Any

from rehearsal.engine.errors import BadRequestError
from rehearsal.engine.registryclient import ANONYMOUS, Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping


def for_one(headers: Mapping[str, str]) -> Credentials:
    """Return what a push or a pull may use."""
    return _credentials(_decoded(headers.get("X-Registry-Auth", "")))


def for_any(headers: Mapping[str, str]) -> Credentials:
    """Return what a build may use; all registries of this machine are the same one."""
    all_of_them = _decoded(headers.get("X-Registry-Config", ""))
    return _credentials(next(iter(all_of_them.values()), {}))


def _credentials(given: dict[str, Any]) -> Credentials:
    name = given.get("username") or ""
    return Credentials(name, given.get("password") or "") if name else ANONYMOUS


def _decoded(header: str) -> dict[str, Any]:
    # Some clients leave the padding out, and some send the text `null`.
    try:
        text = base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))
        return dict(json.loads(text or b"{}") or {})
    except (binascii.Error, ValueError, TypeError) as error:
        raise BadRequestError(f"invalid X-Registry-Auth header: {error}") from error
