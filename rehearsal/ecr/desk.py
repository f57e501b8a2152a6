"""The desk before the registry: engines push and pull here."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

from moto.ecr.exceptions import RepositoryNotFoundException

from rehearsal.ecr import shelf
from rehearsal.ecr.errors import ComplaintError, TagExistsError, unknown_image, unsupported
from rehearsal.ecr.image import digest_of
from rehearsal.ecr.passage import BrokenOffError, Passage
from rehearsal.ecr.permissions import needed
from rehearsal.loopback import Connection, Loopback
from rehearsal.registry.handle import Manifest, RegistryAnswerError
from rehearsal.registry.server import LONGEST_MANIFEST, PATHS

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.ecr.backend import Backend
    from rehearsal.ecr.tokens import Badge, Tokens

CHUNK = 1 << 18
JSON = "application/json; charset=utf-8"


class Asked(NamedTuple):
    """What an engine asks for."""

    kind: str
    repository: str
    reference: str
    query: dict[str, str]
    body: BinaryIO


class Desk(Loopback):
    """Listens on a free port of loopback."""

    def __init__(self, cloud: Cloud, tokens: Tokens) -> None:
        """Stand before this cloud's registry."""
        self.cloud = cloud
        self.tokens = tokens
        super().__init__(Handler, "ecr")


class Handler(Connection):
    """One connection."""

    server: Desk
    endings = (*Connection.endings, BrokenOffError)

    def serve(self, body: BinaryIO) -> None:
        """Answer a request of an engine that is known."""
        badge = self.server.tokens.badge(self.headers.get("Authorization", ""))
        if badge is None:
            realm = {"Www-Authenticate": f'Basic realm="http://{self.server.host}/",service="ecr.amazonaws.com"'}
            self.answer(HTTPStatus.UNAUTHORIZED, b"Not Authorized\n", {"Content-Type": "text/plain", **realm})
            return
        try:
            self._perform(_asked(self.path, body), badge)
        except ComplaintError as error:
            self.answer(error.status, json.dumps(error.told()).encode(), {"Content-Type": JSON})
        except RegistryAnswerError as error:
            self.answer(error.status, error.raw, {"Content-Type": JSON})

    def _perform(self, asked: Asked, badge: Badge) -> None:
        if asked.kind == "base":
            self.answer(HTTPStatus.OK, b"{}", {"Content-Type": JSON})
            return
        actions = needed(self.command, asked.kind, asked.query)
        if not actions:
            raise unsupported()
        for action in actions:
            sentence = self.server.tokens.denial(badge, f"ecr:{action}", asked.repository)
            if sentence:
                raise ComplaintError(HTTPStatus.FORBIDDEN, "DENIED", sentence)
        self._serve_repository(asked, cast("Backend", self.server.cloud.backend("ecr", badge.region)))

    def _serve_repository(self, asked: Asked, backend: Backend) -> None:
        try:
            repository = backend.repository(asked.repository)
        except RepositoryNotFoundException as error:
            raise ComplaintError(HTTPStatus.NOT_FOUND, "NAME_UNKNOWN", error.message) from error
        if asked.kind == "tags":
            tags = sorted(tag for image in shelf.images(repository) for tag in image.image_tags)
            self._tell_tags(asked, tags)
        elif asked.kind != "manifest":
            Passage(backend.registry.host, backend.place(asked.repository), asked.repository).pass_on(self, asked)
        elif self.command == "PUT":
            self._put_manifest(asked, backend)
        else:
            self._tell_manifest(shelf.find(repository, asked.reference))

    def _tell_tags(self, asked: Asked, tags: list[str]) -> None:
        count = asked.query.get("n", str(max(1, len(tags))))
        if not count.isdecimal() or not int(count):
            raise ComplaintError(HTTPStatus.BAD_REQUEST, "PAGINATION_NUMBER_INVALID", "invalid number of results")
        rest = [tag for tag in tags if tag > asked.query.get("last", "")]
        page = rest[: int(count)]
        path = f"/v2/{asked.repository}/tags/list?last={page[-1] if page else ''}&n={count}"
        more = {"Link": f'<{path}>; rel="next"'} if len(rest) > len(page) else {}
        told = json.dumps({"name": asked.repository, "tags": page}).encode()
        self.answer(HTTPStatus.OK, told, {"Content-Type": JSON, **more})

    def _tell_manifest(self, image: Any) -> None:
        if image is None:
            raise unknown_image()
        headers = {"Content-Type": image.image_manifest_media_type, "Docker-Content-Digest": image.digest}
        self.answer(HTTPStatus.OK, image.image_manifest.encode(), headers)

    def _put_manifest(self, asked: Asked, backend: Backend) -> None:
        raw = asked.body.read(LONGEST_MANIFEST + 1)
        digest, kind = digest_of(raw), self.headers.get("Content-Type", "")
        if len(raw) > LONGEST_MANIFEST:
            raise ComplaintError(HTTPStatus.BAD_REQUEST, "MANIFEST_INVALID", "manifests end at 4 MiB")
        by_digest = ":" in asked.reference
        if by_digest and asked.reference != digest:
            told = "provided digest did not match uploaded content"
            raise ComplaintError(HTTPStatus.BAD_REQUEST, "DIGEST_INVALID", told)
        try:
            backend.shelve(asked.repository, "" if by_digest else asked.reference, Manifest(digest, kind, raw))
        except TagExistsError as error:
            raise ComplaintError(HTTPStatus.BAD_REQUEST, "TAG_INVALID", error.message) from error
        place = {"Location": f"/v2/{asked.repository}/manifests/{digest}", "Docker-Content-Digest": digest}
        self.answer(HTTPStatus.CREATED, b"", place)

    def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Answer with a body of a known length."""
        self.send_response(status)
        version = {"Docker-Distribution-Api-Version": "registry/2.0"}
        for name, value in {**version, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _asked(path: str, body: BinaryIO) -> Asked:
    parts = urlsplit(path)
    query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
    for kind, pattern in PATHS.items():
        if found := pattern.fullmatch(parts.path):
            names = found.groupdict()
            return Asked(kind, names.get("name", ""), names.get("reference", ""), query, body)
    raise ComplaintError(HTTPStatus.NOT_FOUND, "UNSUPPORTED", f"There is no {parts.path}.")
