"""Long lists, a page at a time."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar

from rehearsal.codepipeline.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


T = TypeVar("T")


def page(
    name: str,
    found: Sequence[T],
    identity: Callable[[T], str],
    described: Callable[[T], Any],
    parameters: dict[str, Any],
) -> dict[str, Any]:
    """Return one page; the next begins after its last one, whatever came in front since."""
    start = _after(found, identity, parameters.get("nextToken"))
    end = start + (parameters.get("maxResults") or 100)
    answer: dict[str, Any] = {name: [described(one) for one in found[start:end]]}
    if end < len(found):
        answer["nextToken"] = base64.urlsafe_b64encode(identity(found[end - 1]).encode()).decode()
    return answer


def _after(found: Sequence[T], identity: Callable[[T], str], token: str | None) -> int:
    if not token:
        return 0
    try:
        last = base64.urlsafe_b64decode(token).decode()
        return [identity(one) for one in found].index(last) + 1
    except (binascii.Error, ValueError):
        raise RefusedError("InvalidNextTokenException", "The next token is invalid.") from None
