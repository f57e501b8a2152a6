"""What a handler is given for one resource, and what it gives back."""

from __future__ import annotations

import secrets
import string
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rehearsal.cloud import Cloud

SUFFIX = string.ascii_uppercase + string.digits


class ResourceError(Exception):
    """A resource cannot be as the template wants it; the text becomes the reason in the stack's events."""


class RefusedError(ResourceError):
    """The change was refused before anything was sent, so there is nothing to undo."""


class CancelledError(ResourceError):
    """The operation was cancelled while this resource was waiting."""


class Replacement:
    """Says that the change needs a new resource."""


REPLACE: Final = Replacement()
SAME_NAME: Final = (
    "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
    "Rename {} and update the stack again."
)


@dataclass(frozen=True)
class Made:
    """A resource as it stands: what Ref gives, and what GetAtt gives (nested ones as "Outer.Inner")."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)


def ignored(_physical_id: str) -> None:
    """Take note of nothing."""


@dataclass(frozen=True)
class Call:
    """One resource of one stack, and the identity to act with."""

    cloud: Cloud
    region: str
    account: str
    stack_name: str
    stack_id: str
    logical_id: str
    # As the template writes it, which matters for types that the template makes up.
    type: str = ""
    # The stack's own tags, which AWS passes on to every resource that can carry tags; before is the last state.
    tags: Mapping[str, str] = field(default_factory=dict)
    tags_before: Mapping[str, str] = field(default_factory=dict)
    role_arn: str | None = None
    # Tell the physical id as soon as it is known: a resource that then fails to settle is still rolled back.
    initiated: Callable[[str], None] = ignored
    cancelled: threading.Event = field(default_factory=threading.Event)

    def client(self, service: str, region: str | None = None) -> Any:
        """Return a client that acts as the stack's service role, or as the operator when it has none."""
        return self.cloud.client(
            service, region or self.region, role_arn=self.role_arn, session="AWSCloudFormation" if self.role_arn else ""
        )

    def name(self, limit: int = 128) -> str:
        """Make up a physical name the way CloudFormation does: stack, logical id, suffix."""
        suffix = "".join(secrets.choice(SUFFIX) for _ in range(12))
        room = limit - len(suffix) - 2
        stem = f"{self.stack_name}-{self.logical_id}"
        if len(stem) > room + 1:
            logical = self.logical_id[: max(1, room // 2)]
            stem = f"{self.stack_name[: max(1, room - len(logical))]}-{logical}"
        return f"{stem}-{suffix}"

    def until(self, settled: Callable[[], bool], *, seconds: float, every: float = 0.1) -> None:
        """Wait until the resource has settled; cancelling the operation or stopping the server ends the wait."""
        deadline = time.monotonic() + seconds
        while not settled():
            if time.monotonic() > deadline:
                raise ResourceError(f"Exceeded attempts to wait: not stable after {seconds:g} seconds")
            if self.cancelled.wait(every) or self.cloud.workers.stopping.is_set():
                raise CancelledError("Resource creation cancelled")
