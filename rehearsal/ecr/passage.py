"""Layers on their way through the desk, a piece at a time."""

from __future__ import annotations

import http.client
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.ecr.desk import Asked, Handler

CHUNK = 1 << 18
TIMEOUT = 60.0
SENT_ON = ("Accept", "Content-Type", "Content-Length", "Content-Range", "Range")
# These are between two neighbours only, or the desk says them itself.
OWN = {"connection", "date", "location", "server", "transfer-encoding", "content-length"}
# ECR lets no repository take layers out of another one in this way.
MOUNTING = {"mount", "from"}


class BrokenOffError(ConnectionError):
    """The engine went away in the middle of a layer."""


class Passage:
    """The way from the desk to one repository of the registry, and back."""

    def __init__(self, host: str, place: str, repository: str) -> None:
        """Know how the registry calls the repository, and how engines call it."""
        self._host = host
        self._place = place
        self._repository = repository

    def pass_on(self, engine: Handler, asked: Asked) -> None:
        """Let the registry do what an engine asks."""
        line = http.client.HTTPConnection(self._host, timeout=TIMEOUT, blocksize=CHUNK)
        try:
            headers = {name: value for name in SENT_ON if (value := engine.headers.get(name))}
            has_body = engine.command in ("POST", "PUT", "PATCH")
            body = _pieces(asked.body, engine.headers.get("Content-Length")) if has_body else None
            line.request(engine.command, self._path(asked), body, headers)
            self._return(engine, line.getresponse())
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, (BrokenOffError, BrokenPipeError, ConnectionResetError)):
                raise
            raise BrokenOffError(str(error)) from error
        finally:
            line.close()

    def _path(self, asked: Asked) -> str:
        kinds = {"blob": "blobs/", "upload": "blobs/uploads/", "uploads": "blobs/uploads/"}
        query = urlencode({name: value for name, value in asked.query.items() if name not in MOUNTING})
        return f"/v2/{self._place}/{kinds[asked.kind]}{asked.reference}" + (f"?{query}" if query else "")

    def _return(self, engine: Handler, answer: http.client.HTTPResponse) -> None:
        headers = {name: value for name, value in answer.getheaders() if name.lower() not in OWN}
        place = answer.getheader("Location")
        if place:
            parts = urlsplit(place)
            path = parts.path.replace(f"/v2/{self._place}/", f"/v2/{self._repository}/", 1)
            headers["Location"] = f"{path}?{parts.query}" if parts.query else path
        length = answer.getheader("Content-Length")
        if length is None and answer.status != HTTPStatus.NO_CONTENT:
            engine.answer(answer.status, answer.read(), headers)
            return
        engine.send_response(answer.status)
        for name, value in ({**headers, "Content-Length": length} if length is not None else headers).items():
            engine.send_header(name, str(value))
        engine.end_headers()
        while piece := answer.read(CHUNK):
            engine.wfile.write(piece)


def _pieces(body: BinaryIO, length: str | None) -> Iterator[bytes]:
    """Yield a body, and see that it is whole: the registry would wait for the rest."""
    passed = 0
    while piece := body.read(CHUNK):
        passed += len(piece)
        yield piece
    if length and passed != int(length):
        raise BrokenOffError("the engine went away")
