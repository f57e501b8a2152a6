"""Errors as CloudFormation words them."""

from moto.core.exceptions import ServiceException


class CloudFormationError(ServiceException):
    """The base of all."""


class ValidationError(CloudFormationError):
    """The request, or the template in it, cannot be."""

    code = "ValidationError"


class AlreadyExistsError(CloudFormationError):
    """There is one of that name."""

    code = "AlreadyExistsException"


class InsufficientCapabilitiesError(CloudFormationError):
    """The caller did not say that they know what the template may do."""

    code = "InsufficientCapabilitiesException"


class ChangeSetNotFoundError(CloudFormationError):
    """There is no such change set."""

    code = "ChangeSetNotFoundException"


class InvalidChangeSetStatusError(CloudFormationError):
    """The change set is not in a state for that."""

    code = "InvalidChangeSetStatusException"


class StackNotFoundError(ValidationError):
    """There is no such stack."""

    def __init__(self, name: str) -> None:
        """Word it."""
        super().__init__(f"Stack with id {name} does not exist")
