"""A request to this server, understood: which operation of which service, by whom, with which parameters."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from moto.core.model import ServiceModel
    from moto.core.parse import RequestDict

# Where the name in a signature is not the name of the service's model.
MODELS = {"elasticloadbalancing": "elbv2", "monitoring": "cloudwatch", "states": "stepfunctions", "email": "ses"}
CLASSIC_LOAD_BALANCING = b"2012-06-01"
SIGNED = re.compile(r"Credential=([^/,\s]+)/[^/]*/([^/]*)/([^/]*)/")
Environ = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One request to the API of a service."""

    service: str
    region: str
    key: str
    request: Request

    @cached_property
    def model(self) -> ServiceModel | None:
        """Return the service's model, if there is such a service."""
        name = MODELS.get(self.service, self.service)
        if name == "elbv2" and CLASSIC_LOAD_BALANCING in self.request.get_data(cache=True):
            name = "elb"
        try:
            return get_service_model(name)
        except UnknownServiceError:
            return None

    @property
    def protocol(self) -> str:
        """Return how the answer has to look."""
        if self.model is None:
            return "json"
        try:
            return determine_request_protocol(self.model, self.request.content_type)
        except NotImplementedError:
            return str(self.model.protocol)

    @cached_property
    def operation(self) -> str:
        """Return the operation's name; nothing if the request names none."""
        target = self.request.headers.get("X-Amz-Target")
        if target:
            return target.rpartition(".")[2]
        action = self.request.values.get("Action") if self.protocol in ("query", "ec2") else None
        return action or self._routed[0]

    @cached_property
    def parameters(self) -> dict[str, Any]:
        """Return the operation's parameters by the names of its model."""
        if self.model is None or not self.operation:
            return {}
        try:
            operation = self.model.operation_model(self.operation)
        except OperationNotFoundError:
            return {}
        parser = PROTOCOL_PARSERS[self.protocol](operation, map_type=dict)
        return dict(parser.parse(self._raw()) or {})

    @cached_property
    def lacking(self) -> list[str]:
        """Return the parameters that the operation requires and the call does not have."""
        if self.model is None or not self.operation:
            return []
        try:
            shape = self.model.operation_model(self.operation).input_shape
        except OperationNotFoundError:
            return []
        return [name for name in shape.required_members if self.parameters.get(name) is None] if shape else []

    def _raw(self) -> RequestDict:
        return {
            "method": self.request.method,
            "values": self.request.values,
            "headers": self.request.headers,
            "body": self.request.get_data(cache=True),
            "url_path": self.request.path,
            "url_params": self._routed[1],
        }

    @cached_property
    def _routed(self) -> tuple[str, dict[str, Any]]:
        if self.model is None or not self.protocol.startswith("rest"):
            return "", {}
        try:
            operation, parameters = get_service_router(self.model.service_name).match(self.request)
        except (HTTPException, NotImplementedError):
            return "", {}
        return operation.name, parameters


def understood(environ: Environ) -> Call | None:
    """Return the call that a request is; nothing for a request that nobody signed."""
    signature = environ.get("HTTP_AUTHORIZATION", "")
    if not signature and "X-Amz-Credential=" in environ.get("QUERY_STRING", ""):
        credential = Request(environ).args["X-Amz-Credential"]
        signature = f"Credential={credential}/"
    found = SIGNED.search(signature)
    return Call(found[3].lower(), found[2], found[1], Request(_copied(environ))) if found else None


def _copied(environ: Environ) -> Environ:
    """Return an environment with a body of its own, and put the original's back for whoever reads it next."""
    if environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.pop("wsgi.input_terminated", None)
    else:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)
    return {**environ, "wsgi.input": io.BytesIO(body)}
