"""What went wrong between us and AWS, in a sentence."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
UNKNOWN = {"RuleNotFound", "TargetGroupNotFound", "ListenerNotFound", "LoadBalancerNotFound"}
BUSY = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "InternalError",
    "InternalFailure",
    "ServiceUnavailable",
}


def code_of(error: ClientError) -> str:
    """AWS's short name for an error."""
    return error.response.get("Error", {}).get("Code", "")


def explain(error: Exception) -> str:
    """The error as a sentence that names the call."""
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, BotoCoreError):
        kind = type(error).__name__
        return f"AWS gave no answer, so whether the call took effect is not known ({kind}): {_ended(error)}"
    return str(error)


def _answered(error: ClientError) -> str:
    call, code = f"elasticloadbalancing:{error.operation_name}", code_of(error)
    said = _ended(f"{code}: {error.response.get('Error', {}).get('Message', 'no message')}")
    if code in DENIED:
        return f"AWS denied {call}; the role that made the call needs that permission. AWS said {said}"
    if code in UNKNOWN:
        return f"{call} named something that does not exist. AWS said {said}"
    if code in BUSY:
        return f"AWS was too busy for {call}, again and again. AWS said {said}"
    return f"AWS refused {call}. AWS said {said}"


def _ended(said: object) -> str:
    return str(said).rstrip(". ") + "."
