"""The only place where moto's S3 events are replaced, and where connections are made known to it."""

import re
import sys
from types import ModuleType
from typing import TYPE_CHECKING

import moto.backend_index
import moto.s3.notifications

from rehearsal.sources import buckets, codecommit, objects
from rehearsal.sources.connections import BACKENDS

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

ORIGINAL = moto.s3.notifications._send_event_bridge_message  # noqa: SLF001 - the one place where S3 meets EventBridge
SENDER = "_send_event_bridge_message"


def install(cloud: "Cloud") -> None:
    """Answer for CodeCommit and connections, and let S3 tell of its objects."""
    codecommit.install(cloud)
    buckets.install()
    setattr(moto.s3.notifications, SENDER, objects.sender(cloud))
    patterns = moto.backend_index.backend_url_patterns
    for service, backends in BACKENDS.items():
        backends.clear()
        # moto finds a service's state in the module of that name.
        short = service.replace("-", "")
        module = ModuleType(f"moto.{short}")
        setattr(module, f"{short}_backends", backends)
        sys.modules[module.__name__] = module
        sys.modules[f"{module.__name__}.models"] = module
        entry = (service, re.compile(rf"https?://{service}\.(.+)\.amazonaws\.com"))
        if service not in {name for name, _ in patterns}:
            patterns.append(entry)


def remove() -> None:
    """Leave moto as it was."""
    codecommit.remove()
    buckets.remove()
    for service in BACKENDS:
        module = sys.modules.pop(f"moto.{service.replace('-', '')}", None)
        if module:
            del sys.modules[f"{module.__name__}.models"]
    setattr(moto.s3.notifications, SENDER, ORIGINAL)
    patterns = moto.backend_index.backend_url_patterns
    patterns[:] = [entry for entry in patterns if entry[0] not in BACKENDS]
