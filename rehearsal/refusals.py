"""Errors in the form that the clients of a service expect."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from rehearsal.calls import Call


@dataclass(frozen=True)
class Refusal:
    """An error of AWS; its code is the one that services speaking JSON use."""

    code: str
    message: str
    status: int = 400


# What services that speak XML call it.
IN_XML = {"AccessDeniedException": "AccessDenied", "ExpiredTokenException": "ExpiredToken"}
IN_EC2 = {"AccessDeniedException": "UnauthorizedOperation", "ExpiredTokenException": "RequestExpired"}


def denied(message: str) -> Refusal:
    """Return what somebody hears who may not do something."""
    return Refusal("AccessDeniedException", message)


def answer(refusal: Refusal, call: Call | None) -> Response:
    """Put a refusal into the protocol of the call."""
    protocol = call.protocol if call else "rest-json"
    request_id = str(uuid.uuid4())
    if protocol in ("query", "ec2", "rest-xml"):
        return _xml(refusal, protocol, request_id, service=call.service if call else "")
    body = json.dumps({"__type": refusal.code, "message": refusal.message, "Message": refusal.message})
    kind = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
    # REST services answer 403; those with one address answer 400.
    status = 403 if protocol == "rest-json" and refusal.code in IN_XML else refusal.status
    headers = {"x-amzn-RequestId": request_id, "x-amzn-ErrorType": refusal.code}
    return Response(body, status, headers, content_type=kind)


def _xml(refusal: Refusal, protocol: str, request_id: str, service: str) -> Response:
    code = (IN_EC2 if protocol == "ec2" else IN_XML).get(refusal.code, refusal.code)
    message, kind = escape(refusal.message), "Sender" if refusal.status < 500 else "Receiver"
    inner = f"<Code>{escape(code)}</Code><Message>{message}</Message>"
    if protocol == "ec2":
        body = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif service == "s3":
        body = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    else:
        error = f"<Error><Type>{kind}</Type>{inner}</Error>"
        body = f"<ErrorResponse>{error}<RequestId>{request_id}</RequestId></ErrorResponse>"
    status = 403 if refusal.code in IN_XML else refusal.status
    whole = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'
    return Response(whole, status, {"x-amz-request-id": request_id}, content_type="text/xml")
