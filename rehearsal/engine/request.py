"""One request to the engine, and what may be answered."""

from __future__ import annotations

import json
import select
import socket
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO

from rehearsal.engine.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

JSON = "application/json"
RAW_STREAM = "application/vnd.docker.raw-stream"


@dataclass
class Request:
    """What a client asks: `names` are the variable parts of the path."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: BinaryIO
    connection: socket.socket
    names: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The image, container, network or exec that it is about."""
        return self.names["name"]

    def text(self, key: str, default: str = "") -> str:
        """Return a parameter of the query."""
        return self.query.get(key, [default])[0]

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return a parameter that is true or false."""
        return self.text(key, str(default)).lower() not in ("", "0", "no", "none", "false")

    def number(self, key: str, default: float | None = None) -> float | None:
        """Return a parameter that is a number."""
        given = self.text(key)
        try:
            return float(given) if given else default
        except ValueError:
            raise BadRequestError(f"invalid value for {key}: {given} is not a number") from None

    def mapping(self, key: str) -> dict[str, Any]:
        """Return a parameter that is a JSON object."""
        return _mapping(self.text(key) or "{}", key)

    def filters(self) -> dict[str, list[str]]:
        """Return the filters, which clients send as lists or as sets."""
        return {key: list(values) for key, values in self.mapping("filters").items()}

    def json(self) -> dict[str, Any]:
        """Return the body, a JSON object; none is an empty one."""
        return _mapping(self.body.read().decode() or "{}", "the body")

    def is_gone(self) -> bool:
        """Say whether the client has hung up."""
        readable, _, _ = select.select([self.connection], [], [], 0)
        try:
            return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True


@dataclass
class Reply:
    """An answer: a whole body, or pieces that are sent as they come, or a connection taken over for raw bytes."""

    status: int = HTTPStatus.OK
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterable[bytes] | None = None
    takeover: Callable[[Request], None] | None = None


def answer(what: Any, status: int = HTTPStatus.OK) -> Reply:
    """Answer with JSON."""
    return Reply(status, json.dumps(what).encode() + b"\n")


def done(status: int = HTTPStatus.NO_CONTENT) -> Reply:
    """Answer that it is done."""
    return Reply(status, content_type="")


def lines(messages: Iterable[dict[str, Any]]) -> Reply:
    """Answer with a stream of JSON messages."""
    return Reply(pieces=(json.dumps(message).encode() + b"\r\n" for message in messages))


def _mapping(text: str, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise BadRequestError(f"invalid JSON in {what}: {error}") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequestError(f"invalid JSON in {what}: an object was expected")
    return value
