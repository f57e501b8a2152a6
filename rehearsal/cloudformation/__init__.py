"""CloudFormation, for real: templates become resources, and stay in step with them.

A request arrives on moto's wire (`wire`) and becomes a command on a region's stacks (`stackcommands`,
`changesetcommands`, `queries`). A command reads the template (`template`, `validation`), binds its parameters, and
launches an operation. The operation walks the dependency graph, as much side by side as the graph allows; it resolves
each resource's properties and compares them with those it sent last, so that only what changed is sent and whatever
somebody changed out of band survives. What one resource type needs is its handler's business (`handler`, `handlers`).

A failure turns the operation around (`undoing`, `flows`): what was created goes, what was changed is put back, what
was replaced still exists until the very end. A nested stack is a resource like any other whose handler runs an
operation of its own and keeps the old resources until its parent, too, has succeeded.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloud import Cloud
    from rehearsal.cloudformation.handler import Handler


def install(cloud: Cloud, handlers: Mapping[str, Handler] | None = None) -> None:
    """Replace moto's CloudFormation; without handlers of the caller's own, all that we have are used."""
    # Imported late: a handler imports this package.
    seam = importlib.import_module("rehearsal.cloudformation.seam")
    if handlers is None:
        handlers = importlib.import_module("rehearsal.cloudformation.handlers").HANDLERS
    seam.swap(cloud, handlers)


def stop() -> None:
    """Leave moto as it was."""
    importlib.import_module("rehearsal.cloudformation.seam").remove()
