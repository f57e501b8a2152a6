"""Why a resource failed, in CloudFormation's words."""

import logging
import uuid

from botocore.exceptions import BotoCoreError, ClientError
from moto.core.exceptions import ServiceException

from rehearsal.cloudformation.call import ResourceError

LOG = logging.getLogger("rehearsal")
KINDS = (
    ("AccessDenied", ("AccessDenied", "UnauthorizedOperation", "NotAuthorized")),
    ("NotFound", ("NotFound", "NoSuch", "DoesNotExist")),
    ("AlreadyExists", ("AlreadyExists", "Duplicate", "AlreadyOwned", "EntityAlreadyExists")),
    ("Throttling", ("Throttl", "TooManyRequests", "LimitExceeded")),
)


def reason_of(error: Exception) -> str:
    """Return the text for the events."""
    if isinstance(error, ClientError):
        return _refused_by_service(error)
    if isinstance(error, ServiceException):
        return str(error.message)
    if isinstance(error, ResourceError):
        return str(error)
    if isinstance(error, BotoCoreError):
        return f'Resource handler returned message: "{error}" (HandlerErrorCode: InvalidRequest)'
    LOG.error("A resource failed without a reason of its own", exc_info=error)
    return f"Internal Failure: {type(error).__name__}: {error}"


def _refused_by_service(error: ClientError) -> str:
    answer = error.response
    code = answer["Error"].get("Code", "")
    said = answer["Error"].get("Message", "")
    facts = answer.get("ResponseMetadata", {})
    kind = next((kind for kind, parts in KINDS if any(part in code for part in parts)), "GeneralServiceException")
    return (
        f'Resource handler returned message: "{said} (Operation: {error.operation_name}, Code: {code}, '
        f'Status Code: {facts.get("HTTPStatusCode", 0)}, Request ID: {facts.get("RequestId", "")})" '
        f"(RequestToken: {uuid.uuid4()}, HandlerErrorCode: {kind})"
    )
