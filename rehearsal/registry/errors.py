"""What a registry complains of, in its own words and codes."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

CODES: dict[str, tuple[int, str]] = {
    "BLOB_UNKNOWN": (HTTPStatus.NOT_FOUND, "blob unknown to registry"),
    "BLOB_UPLOAD_INVALID": (HTTPStatus.NOT_FOUND, "blob upload invalid"),
    "BLOB_UPLOAD_UNKNOWN": (HTTPStatus.NOT_FOUND, "blob upload unknown to registry"),
    "DIGEST_INVALID": (HTTPStatus.BAD_REQUEST, "provided digest did not match uploaded content"),
    "MANIFEST_BLOB_UNKNOWN": (HTTPStatus.BAD_REQUEST, "blob unknown to registry"),
    "MANIFEST_INVALID": (HTTPStatus.BAD_REQUEST, "manifest invalid"),
    "MANIFEST_UNKNOWN": (HTTPStatus.NOT_FOUND, "manifest unknown"),
    "NAME_UNKNOWN": (HTTPStatus.NOT_FOUND, "repository name not known to registry"),
    "PAGINATION_NUMBER_INVALID": (HTTPStatus.BAD_REQUEST, "invalid number of results requested"),
    "RANGE_INVALID": (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "invalid content range"),
    "SIZE_INVALID": (HTTPStatus.BAD_REQUEST, "provided length did not match content length"),
    "TAG_INVALID": (HTTPStatus.BAD_REQUEST, "manifest tag did not match URI"),
    "UNSUPPORTED": (HTTPStatus.METHOD_NOT_ALLOWED, "The operation is unsupported."),
}


class RegistryError(Exception):
    """A complaint."""

    def __init__(self, code: str, detail: object = None) -> None:
        """Complain with one of the codes."""
        self.status, self.message = CODES[code]
        super().__init__(self.message)
        self.code = code
        self.detail = {} if detail is None else detail

    def told(self) -> dict[str, Any]:
        """Return it as clients read it."""
        return {"errors": [{"code": self.code, "message": self.message, "detail": self.detail}]}
