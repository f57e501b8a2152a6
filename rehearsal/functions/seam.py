"""The only place where moto's Lambda is replaced by ours."""

from typing import TYPE_CHECKING, Any

import moto.awslambda.models
import moto.awslambda.urls
from moto.awslambda.models import LambdaBackend, LambdaFunction, lambda_backends
from moto.awslambda.responses import LambdaResponse

from rehearsal.functions.backend import Backend
from rehearsal.functions.function import Function
from rehearsal.functions.responses import Response

if TYPE_CHECKING:
    from rehearsal.functions.fleet import Fleet


def install(fleet: "Fleet") -> None:
    """Let every region's functions run in this fleet."""
    Backend.fleet = Function.fleet = Response.fleet = fleet
    _swap(Backend, Function, Response)


def remove() -> None:
    """End the fleet's processes and leave moto as it was."""
    if "fleet" in vars(Backend):
        Backend.fleet.stop()
    _swap(LambdaBackend, LambdaFunction, LambdaResponse)


def fleet() -> "Fleet":
    """Return the fleet in use."""
    return Backend.fleet


def _swap(backend: type[LambdaBackend], function: type[Any], response: type[LambdaResponse]) -> None:
    lambda_backends.backend = backend
    lambda_backends.clear()
    setattr(moto.awslambda.models, "LambdaFunction", function)  # noqa: B010 - the name that moto looks up
    moto.awslambda.urls.url_paths = dict.fromkeys(moto.awslambda.urls.url_paths, response.dispatch)
