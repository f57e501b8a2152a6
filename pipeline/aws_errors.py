"""botocore's exceptions, said so that a person knows what to do next."""

import re

from botocore import exceptions as aws

CREDENTIALS = (
    "Set AWS_PROFILE or add --profile NAME, sign in (`aws sso login`, `aws configure`), and check with "
    "`aws sts get-caller-identity`."
)
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
UNKNOWN_KEY = {
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "AuthFailure",
}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403", "AllAccessDisabled"}
THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "RequestThrottled",
}
UNAVAILABLE = {"ServiceUnavailable", "InternalFailure", "InternalError", "InternalServerError", "RequestTimeout"}
# What the user has to set right before anything can be attempted.
MISSING = (
    aws.NoCredentialsError,
    aws.PartialCredentialsError,
    aws.ProfileNotFound,
    aws.ConfigParseError,
    aws.NoRegionError,
    aws.InvalidRegionError,
)
SIGNED_OUT = (aws.SSOError, aws.TokenRetrievalError, aws.CredentialRetrievalError)
UNREACHABLE = (aws.HTTPClientError, aws.ConnectionError)

SENTENCES = (
    (aws.NoCredentialsError, f"No AWS credentials were found. {CREDENTIALS}"),
    (aws.NoRegionError, "No region is set: add --region eu-west-1, or set AWS_REGION."),
    (aws.ProfileNotFound, "{error}. `aws configure list-profiles` names those that there are."),
    (MISSING, f"The AWS configuration cannot be used: {{error}}. {CREDENTIALS}"),
    (SIGNED_OUT, f"The AWS credentials could not be fetched: {{error}}. {CREDENTIALS}"),
    (
        UNREACHABLE,
        "AWS could not be reached: {error}. Check the network, the region's name, and AWS_ENDPOINT_URL if it is set.",
    ),
)


def is_one(error: Exception) -> bool:
    """Say whether the error is one of botocore's."""
    return isinstance(error, (aws.ClientError, aws.BotoCoreError))


def code(error: aws.ClientError) -> str:
    """Return AWS's name for the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def message(error: aws.ClientError) -> str:
    """Return AWS's words for the error."""
    return str(error.response.get("Error", {}).get("Message", ""))


def passing(error: Exception) -> bool:
    """Say whether the same call may well succeed in a moment."""
    if isinstance(error, aws.ClientError):
        return code(error) in THROTTLED | UNAVAILABLE
    return isinstance(error, UNREACHABLE)


def user_must_act(error: Exception) -> bool:
    """Say whether nothing could even be attempted for want of credentials, a profile or a region."""
    return isinstance(error, MISSING)


def explain(error: Exception) -> str:
    """Say what went wrong and what can be done about it."""
    if isinstance(error, aws.ClientError):
        return _explain_answer(error)
    told = next((words for kinds, words in SENTENCES if isinstance(error, kinds)), "AWS could not be asked: {error}")
    return told.format(error=str(error).rstrip("."))


def _explain_answer(error: aws.ClientError) -> str:
    name, words, call = code(error), message(error), error.operation_name
    if name in EXPIRED:
        return f"The AWS credentials have expired ({call}). {CREDENTIALS}"
    if name in UNKNOWN_KEY:
        return f"AWS does not know these credentials ({call}: {name}). {CREDENTIALS}"
    if name in DENIED:
        return f"AWS denied {call}: {words or name}. {_needed(words, call)}"
    if name in THROTTLED:
        return f"AWS is throttling {call}, even after several tries. Wait a minute and run the same command again."
    return f"AWS refused {call}: {words or name} ({name})"


def _needed(words: str, call: str) -> str:
    found = re.search(r"perform: ([\w-]+:\w+)", words)
    action = found.group(1) if found else call
    return f"These credentials need a policy that allows {action}; `aws sts get-caller-identity` says whose they are."
