"""Where moto is told that CloudFormation is ours."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from moto.cloudformation.models import CloudFormationBackend, cloudformation_backends

from rehearsal.cloudformation.region import Region
from rehearsal.cloudformation.wire import wire_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloud import Cloud
    from rehearsal.cloudformation.handler import Handler

BASES = [r"https?://cloudformation\.(.+)\.amazonaws\.com"]


def swap(cloud: Cloud, handlers: Mapping[str, Handler]) -> None:
    """Put our engine behind the service."""

    class Backend(CloudFormationBackend):
        """The engine of one account and region, as moto keeps it."""

        def __init__(self, region_name: str, account_id: str) -> None:
            """Start without stacks."""
            super().__init__(region_name, account_id)
            self.engine = Region(cloud, region_name, account_id, handlers)

        @property
        def _url_module(self) -> Any:
            return SimpleNamespace(url_bases=BASES, url_paths={"{0}/$": wire.dispatch})

    def region_of(account: str, name: str) -> Region:
        backend: Any = cloudformation_backends[account][name]
        engine: Region = backend.engine
        return engine

    wire = wire_for(region_of)
    _swap(Backend)


def remove() -> None:
    """Leave moto as it was."""
    _swap(CloudFormationBackend)


def _swap(backend: type[CloudFormationBackend]) -> None:
    cloudformation_backends.backend = backend
    cloudformation_backends.clear()
