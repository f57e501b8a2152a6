"""The only place where moto's ECS is replaced by ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import moto.ecs.urls
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse

from rehearsal.ecs.backend import Backend
from rehearsal.ecs.responses import Response

if TYPE_CHECKING:
    from rehearsal.ecs.site import Site


def install(site: Site) -> None:
    """Let every region's services and tasks be those of this site."""
    Backend.site = site
    _swap(Backend, Response)


def remove() -> None:
    """Leave moto as it was."""
    _swap(EC2ContainerServiceBackend, EC2ContainerServiceResponse)


def _swap(backend: type[EC2ContainerServiceBackend], response: type[Any]) -> None:
    ecs_backends.backend = backend
    ecs_backends.clear()
    moto.ecs.urls.url_paths = {"{0}/$": response.dispatch}
