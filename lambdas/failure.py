"""What the approver is told when a flip fails."""

from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.flip_parameters import ParametersError
from traffic.aws_errors import BUSY, DENIED, UNKNOWN, code_of, explain
from traffic.errors import FlipsideError

if TYPE_CHECKING:
    from mypy_boto3_codepipeline.literals import FailureTypeType


class Failure(NamedTuple):
    """A failure in CodePipeline's terms."""

    kind: "FailureTypeType"
    message: str
    expected: bool


def failure_of(error: Exception) -> Failure:
    """Classifies an error by what has to be done about it: by the one that caused it, if it was wrapped."""
    cause = error.__cause__ if isinstance(error.__cause__, ClientError | BotoCoreError) else error
    if isinstance(error, FlipsideError | ClientError | BotoCoreError):
        return Failure(_kind(cause), explain(error), expected=True)
    return Failure(
        "JobFailed",
        f"The flip failed on an error that nobody foresaw ({type(error).__name__}); its log holds the traceback. "
        "Retrying is safe: it moves nothing twice.",
        expected=False,
    )


def _kind(cause: BaseException) -> "FailureTypeType":
    if isinstance(cause, ParametersError):
        return "ConfigurationError"
    if isinstance(cause, BotoCoreError):
        return "SystemUnavailable"
    code = code_of(cause) if isinstance(cause, ClientError) else ""
    if code in DENIED:
        return "PermissionError"
    if code in UNKNOWN:
        return "ConfigurationError"
    return "SystemUnavailable" if code in BUSY else "JobFailed"
