"""What the engine answers when it cannot do as asked."""

from __future__ import annotations

from http import HTTPStatus


class EngineError(Exception):
    """A refusal, with the status that Docker's engine gives for it."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR


class BadRequestError(EngineError):
    """The request makes no sense."""

    status = HTTPStatus.BAD_REQUEST


class NotFoundError(EngineError):
    """There is no such thing."""

    status = HTTPStatus.NOT_FOUND


class WrongMethodError(EngineError):
    """Not with this method."""

    status = HTTPStatus.METHOD_NOT_ALLOWED


class ConflictError(EngineError):
    """Not in this state."""

    status = HTTPStatus.CONFLICT


class NotModifiedError(EngineError):
    """It already is as asked."""

    status = HTTPStatus.NOT_MODIFIED


class UnsupportedError(EngineError):
    """A Docker engine can do this, and this one cannot."""

    status = HTTPStatus.NOT_IMPLEMENTED

    def __init__(self, what: str) -> None:
        """Say what it is, and what to do."""
        super().__init__(f"{what}: the embedded engine cannot do this; start a Docker engine to have it.")
