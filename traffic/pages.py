"""Reading an answer of the load-balancing API to its last page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def every_page(describe: Callable[..., Any], key: str, **asked: Any) -> list[Any]:
    """What `describe` lists under `key`, over all pages.

    botocore's own paginator reads its definitions from disk first, which takes as long as the call.
    """
    found: list[Any] = []
    marker: dict[str, str] = {}
    while True:
        page = describe(**asked, **marker)
        found += page[key]
        if not page.get("NextMarker"):
            return found
        marker = {"Marker": page["NextMarker"]}
