"""Whether a resource needs anything to be sent, and whether its properties may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.cloudformation.call import RefusedError
from rehearsal.cloudformation.shaping import same

if TYPE_CHECKING:
    from rehearsal.cloudformation.handler import Handler
    from rehearsal.cloudformation.stack import Resource


def unchanged(handler: Handler, before: Resource, resource: Resource) -> bool:
    """Tell whether there is nothing to send."""
    same_tags = not handler.tagged or before.tags == resource.tags
    return same(before.properties, resource.properties) and same_tags and not before.status.endswith("_FAILED")


def check_properties(handler: Handler, resource: Resource) -> None:
    """Refuse properties that the handler does not know; "*" knows them all."""
    if "*" in handler.properties:
        return
    if strange := sorted(resource.properties.keys() - handler.properties):
        raise RefusedError(f"Encountered unsupported property {', '.join(strange)}")
