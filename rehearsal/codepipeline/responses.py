"""moto's wire layer for the service, with our answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.codepipeline.responses import CodePipelineResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, get_service_model
from moto.sts.models import sts_backends

from rehearsal.codepipeline.constraints import check
from rehearsal.codepipeline.errors import RefusedError, unsupported
from rehearsal.codepipeline.operations import ALL
from rehearsal.codepipeline.operations.call import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.codepipeline.backend import Backend

MODEL = get_service_model("codepipeline")


class Refusal(ServiceException):
    """A refusal on the wire.

    moto looks for an error's model by the module that its class comes from, so the class must not be moto's own.
    """


class Response(CodePipelineResponse):
    """One call."""

    def answer(self, name: str) -> ActionResult:
        """Check the parameters, do it, and answer."""
        try:
            if name not in ALL:
                raise unsupported(f"the operation {name}")
            parameters = self._parameters()
            shape: Any = MODEL.operation_model(name).input_shape
            check(shape, parameters)
            backend: Backend = self.codepipeline_backend  # type: ignore[assignment]  # the seam has put ours there
            result = ALL[name](Call(backend, parameters, self._caller()))
        except RefusedError as error:
            raise Refusal(error.code, error.message) from error
        return ActionResult(result)

    def _parameters(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body or "{}")
        except ValueError as error:
            raise RefusedError("ValidationException", f"The body is no JSON: {error}") from error
        return {name: value for name, value in found.items() if value is not None} if isinstance(found, dict) else {}

    def _caller(self) -> str:
        backend = sts_backends[self.current_account][self.partition]
        _, arn, account = backend.get_caller_identity(self.access_key, self.region)
        # Keys that this server did not issue are the operator's; moto has a name of its own for their owner.
        return f"arn:aws:iam::{account}:user/operator" if str(arn).endswith(":user/moto") else str(arn)


def _method(name: str) -> Callable[[Response], ActionResult]:
    return lambda response: response.answer(name)


# moto finds an operation by a method's name.
for operation in MODEL.operation_names:
    setattr(Response, camelcase_to_underscores(operation), _method(operation))
