"""Lambda's wire protocol, where moto's is not that of AWS."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

from moto.awslambda.responses import LambdaResponse
from moto.core.exceptions import JsonRESTError

from rehearsal.eventbus.unimplemented import refusing
from rehearsal.functions.asynchronous import enqueue
from rehearsal.functions.configuration import RoleError
from rehearsal.functions.pool import ThrottledError

if TYPE_CHECKING:
    from rehearsal.functions.fleet import Fleet

LIMITS = {"RequestResponse": 6291456, "Event": 1048576, "DryRun": 6291456}
ANSWER_LIMIT = 6291556
LOG_TAIL = 4096
Reply = tuple[int, dict[str, str], str | bytes]


class LambdaError(JsonRESTError):
    """An error that Lambda's own model names."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        """Take the HTTP status besides the usual."""
        super().__init__(kind, message)
        self.code = status


class Response(LambdaResponse):
    """One request."""

    fleet: ClassVar[Fleet]
    call_action = refusing(LambdaResponse.call_action)

    def invoke(self) -> Reply:
        """Invoke a function."""
        name = unquote(self.path.rsplit("/invocations", 1)[0].rsplit("/functions/", 1)[1])
        qualifier = self.querystring.get("Qualifier", [None])[0]
        function: Any = self.backend.get_function(name, qualifier)
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        payload = _payload(self.body, kind)
        context = self.headers.get("X-Amz-Client-Context")
        client_context = json.loads(base64.b64decode(context)) if context else None
        if kind == "DryRun":
            return 204, {"status": "204"}, ""
        if kind == "Event":
            enqueue(self.fleet, function, payload, client_context)
            return 202, {"status": "202"}, ""
        return self._respond(function, payload, client_context)

    def invoke_async(self) -> Reply:
        """Invoke a function the old way."""
        name = unquote(self.path.rsplit("/invoke-async", 1)[0].rsplit("/functions/", 1)[1])
        enqueue(self.fleet, self.backend.get_function(name, None), _payload(self.body, "Event"))
        return 202, {"status": "202"}, json.dumps({"Status": 202})

    def create_function_url_config(self) -> Any:
        """Refuse: nothing would listen there."""
        raise LambdaError(
            501, "NotImplementedException", "The rehearsal does not support CreateFunctionUrlConfig: function URLs."
        )

    def _respond(self, function: Any, payload: str, client_context: Any) -> Reply:
        try:
            answer = self.fleet.invoke(function, payload, client_context=client_context)
        except ThrottledError:
            raise LambdaError(429, "TooManyRequestsException", "Rate Exceeded.") from None
        except RoleError as error:
            raise LambdaError(403, "AccessDeniedException", str(error)) from None
        headers = {"content-type": "application/json", "X-Amz-Executed-Version": str(function.version)}
        if answer.failed:
            headers["X-Amz-Function-Error"] = "Unhandled"
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers["X-Amz-Log-Result"] = base64.b64encode(answer.log.encode()[-LOG_TAIL:]).decode()
        if len(answer.payload) > ANSWER_LIMIT:
            headers["X-Amz-Function-Error"] = "Unhandled"
            text = f"Response payload size exceeded maximum allowed payload size ({ANSWER_LIMIT} bytes)."
            return 200, headers, json.dumps({"errorMessage": text, "errorType": "Function.ResponseSizeTooLarge"})
        return 200, headers, answer.payload


def _payload(body: Any, kind: str) -> str:
    if kind not in LIMITS:
        raise LambdaError(400, "InvalidParameterValueException", f"Value '{kind}' at 'invocationType' is not valid.")
    text: str = (body.decode() if isinstance(body, bytes) else body) or "{}"
    if len(text.encode()) > LIMITS[kind]:
        message = f"Request must be smaller than {LIMITS[kind]} bytes for the InvokeFunction operation"
        raise LambdaError(413, "RequestTooLargeException", message)
    try:
        json.loads(text)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise LambdaError(400, "InvalidRequestContentException", message) from None
    return text
