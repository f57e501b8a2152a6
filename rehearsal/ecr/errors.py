"""What ECR complains of, as its API and as its registry word it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ecr.exceptions import InvalidParameterException


class ComplaintError(Exception):
    """A refusal in the words of a registry."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Refuse with a code that engines know."""
        super().__init__(message)
        self.status = status
        self.code = code

    def told(self) -> dict[str, Any]:
        """Return it as engines read it."""
        return {"errors": [{"code": self.code, "message": str(self)}]}


def unknown_image() -> ComplaintError:
    """Return the refusal of an image that is not there."""
    return ComplaintError(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN", "Requested image not found")


def unsupported() -> ComplaintError:
    """Return the refusal of what ECR's registry does not do."""
    return ComplaintError(HTTPStatus.METHOD_NOT_ALLOWED, "UNSUPPORTED", "The operation is unsupported.")


class TagExistsError(ServiceException):
    """The tag names another image for ever."""

    code = "ImageTagAlreadyExistsException"

    def __init__(self, tag: str, repository: str) -> None:
        """Name both."""
        super().__init__(
            f"The image tag '{tag}' already exists in the '{repository}' repository and cannot be overwritten because "
            "the tag is immutable."
        )


class LayersNotFoundError(ServiceException):
    """A manifest names what the repository does not have."""

    code = "LayersNotFoundException"


class LayerInaccessibleError(ServiceException):
    """The layer is not in the repository."""

    code = "LayersNotFoundException"

    def __init__(self, digest: str, repository: str, registry: str) -> None:
        """Name it."""
        super().__init__(
            f"The layer with digest '{digest}' does not exist in the repository with name '{repository}' "
            f"in the registry with id '{registry}'"
        )


class DigestMismatchError(ServiceException):
    """The image is not the one that was announced."""

    code = "ImageDigestDoesNotMatchException"


def invalid(message: str) -> InvalidParameterException:
    """Return the error of an input that cannot be."""
    return InvalidParameterException(message)
