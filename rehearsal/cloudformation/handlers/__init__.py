"""Every resource type that stacks can be made of, a file per service.

Most types are data (`Described`); those with lists that are changed by adding and taking away have parts (`terms`).
A type or property that is not here is refused by its name; the few properties that are only kept on record are listed
in `recorded`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.cloudformation.handlers import (
    code_repositories,
    containers,
    custom,
    delivery,
    identities,
    keys,
    lambdas,
    load_balancing,
    logs,
    network,
    queues,
    scaling,
    security_groups,
    storage,
    tables,
    topics,
    values,
    versions,
    waiting,
    watching,
    zones,
)

if TYPE_CHECKING:
    from rehearsal.cloudformation.handler import Handler

_SERVICES = (
    code_repositories,
    containers,
    custom,
    delivery,
    identities,
    keys,
    lambdas,
    load_balancing,
    logs,
    network,
    queues,
    scaling,
    security_groups,
    storage,
    tables,
    topics,
    values,
    versions,
    waiting,
    watching,
    zones,
)
HANDLERS: dict[str, Handler] = {handler.type: handler for service in _SERVICES for handler in service.HANDLERS}
