"""The only place where moto's ECR is replaced by ours."""

from typing import TYPE_CHECKING, Any

import moto.ecr.urls
from moto.ecr.models import ECRBackend, ecr_backends
from moto.ecr.responses import ECRResponse

from rehearsal.ecr.backend import Backend
from rehearsal.ecr.desk import Desk
from rehearsal.ecr.responses import Response
from rehearsal.ecr.tokens import Tokens

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

OPEN: list[Desk] = []


def install(cloud: "Cloud") -> None:
    """Open the desk; from now on it is what is called the registry."""
    Response.tokens = Tokens(cloud)
    desk = Desk(cloud, Response.tokens)
    OPEN.append(desk)
    cloud.registry = desk.host
    Backend.cloud = cloud
    _swap(Backend, Response)


def remove() -> None:
    """Close the desk and leave moto as it was."""
    while OPEN:
        OPEN.pop().stop()
    _swap(ECRBackend, ECRResponse)


def _swap(backend: type[ECRBackend], response: type[Any]) -> None:
    ecr_backends.backend = backend
    ecr_backends.clear()
    moto.ecr.urls.url_paths = {"{0}/$": response.dispatch}
