"""Errors as CodeBuild words them."""

from moto.codebuild.exceptions import InvalidInputException, ResourceAlreadyExistsException, ResourceNotFoundException
from moto.core.exceptions import JsonRESTError


def invalid(message: str) -> InvalidInputException:
    """Return the error of an input that cannot be."""
    return InvalidInputException(message)


def unsupported(what: str) -> InvalidInputException:
    """Return the error of something that AWS would do and the rehearsal does not."""
    return InvalidInputException(f"The rehearsal does not support {what}.")


def not_found(what: str) -> ResourceNotFoundException:
    """Return the error of something that is not there."""
    return ResourceNotFoundException(what)


def exists(what: str) -> ResourceAlreadyExistsException:
    """Return the error of something that is there already."""
    return ResourceAlreadyExistsException(what)


def limit_exceeded(message: str) -> JsonRESTError:
    """Return the error of one more than there may be."""
    return JsonRESTError("AccountLimitExceededException", message)


class BuildError(Exception):
    """Something that fails a phase of a build: `status` and `message` are the phase's context."""

    def __init__(self, status: str, message: str) -> None:
        """Take both."""
        super().__init__(message)
        self.status = status
