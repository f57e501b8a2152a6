"""The registry's HTTP API, version 2."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from urllib.parse import parse_qs, urlsplit

from rehearsal.loopback import Connection, Loopback
from rehearsal.registry.errors import RegistryError
from rehearsal.registry.storage import Manifest, Storage
from rehearsal.registry.uploads import RANGE, Upload, Uploads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = r"(?P<name>[a-z0-9]+(?:(?:\.|_|__|-+|/)[a-z0-9]+)*)"
REFERENCE = r"(?P<reference>[\w][\w.-]{0,127}|[a-z0-9]+:[0-9a-f]+)"
PATHS = {
    "base": re.compile(r"/v2/"),
    "catalog": re.compile(r"/v2/_catalog"),
    "tags": re.compile(rf"/v2/{NAME}/tags/list"),
    "manifest": re.compile(rf"/v2/{NAME}/manifests/{REFERENCE}"),
    "uploads": re.compile(rf"/v2/{NAME}/blobs/uploads/"),
    "upload": re.compile(rf"/v2/{NAME}/blobs/uploads/(?P<reference>[A-Za-z0-9-]+)"),
    "blob": re.compile(rf"/v2/{NAME}/blobs/(?P<reference>[a-z0-9]+:[0-9a-f]+)"),
}
OCTETS = "application/octet-stream"
JSON = "application/json; charset=utf-8"
LONGEST_MANIFEST = 4 << 20
CHUNK = 1 << 18
PAGE = 100


class Asked(NamedTuple):
    """What a client asks for, and about what."""

    name: str
    reference: str
    query: dict[str, str]
    body: BinaryIO


class Registry(Loopback):
    """An embedded registry that serves in threads of this process."""

    def __init__(self, root: Path, pushed: Callable[[str, str, str], None]) -> None:
        """Listen on a free port of loopback; `pushed` hears of each tag, with its repository and digest."""
        self.storage = Storage(root)
        self.uploads = Uploads(self.storage)
        self.pushed = pushed
        super().__init__(Handler, "registry")


class Handler(Connection):
    """One connection."""

    server: Registry

    def serve(self, body: BinaryIO) -> None:
        """Answer a request."""
        parts = urlsplit(self.path)
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        for kind, pattern in PATHS.items():
            if found := pattern.fullmatch(parts.path):
                names = found.groupdict()
                asked = Asked(names.get("name", ""), names.get("reference", ""), query, body)
                self._perform(kind, asked)
                return
        self._answer(HTTPStatus.NOT_FOUND, b"404 page not found\n", {"Content-Type": "text/plain; charset=utf-8"})

    def _perform(self, kind: str, asked: Asked) -> None:
        method = "get" if self.command == "HEAD" else self.command.lower()
        perform: Callable[[Asked], None] = getattr(self, f"_{method}_{kind}", _unsupported)
        try:
            perform(asked)
        except RegistryError as error:
            self._answer(error.status, json.dumps(error.told()).encode(), {"Content-Type": JSON})

    def _get_base(self, _asked: Asked) -> None:
        self._tell({})

    def _get_catalog(self, asked: Asked) -> None:
        self._page(asked, "/v2/_catalog", "repositories", self.server.storage.repositories(), {})

    def _get_tags(self, asked: Asked) -> None:
        tags = self.server.storage.tags(asked.name)
        self._page(asked, f"/v2/{asked.name}/tags/list", "tags", tags, {"name": asked.name})

    def _get_manifest(self, asked: Asked) -> None:
        manifest = self.server.storage.manifest(asked.name, asked.reference)
        headers = {"Content-Type": manifest.media_type, **_named(manifest.digest)}
        self._answer(HTTPStatus.OK, manifest.raw, headers)

    def _put_manifest(self, asked: Asked) -> None:
        raw = asked.body.read(LONGEST_MANIFEST + 1)
        if len(raw) > LONGEST_MANIFEST:
            raise RegistryError("MANIFEST_INVALID", "manifests of more than 4 MiB are refused")
        manifest = Manifest(raw, _media_type(raw, self.headers.get("Content-Type", "")))
        self.server.storage.put_manifest(asked.name, asked.reference, manifest)
        place = {"Location": f"/v2/{asked.name}/manifests/{manifest.digest}"}
        if ":" not in asked.reference:
            self.server.pushed(asked.name, asked.reference, manifest.digest)
        self._answer(HTTPStatus.CREATED, b"", {**place, "Docker-Content-Digest": manifest.digest})

    def _delete_manifest(self, asked: Asked) -> None:
        self.server.storage.delete_manifest(asked.name, asked.reference)
        self._answer(HTTPStatus.ACCEPTED)

    def _get_blob(self, asked: Asked) -> None:
        path = self.server.storage.blob(asked.name, asked.reference)
        size = path.stat().st_size
        start, end = _range(self.headers.get("Range", ""), size)
        self.send_response(HTTPStatus.OK if (start, end) == (0, size) else HTTPStatus.PARTIAL_CONTENT)
        if (start, end) != (0, size):
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        headers = {"Content-Type": OCTETS, "Accept-Ranges": "bytes", **_named(asked.reference)}
        for name, value in {**headers, "Content-Length": str(end - start)}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            with path.open("rb") as file:
                file.seek(start)
                self._copy(file, end - start)

    def _delete_blob(self, asked: Asked) -> None:
        self.server.storage.delete_blob(asked.name, asked.reference)
        self._answer(HTTPStatus.ACCEPTED, b"", {"Docker-Content-Digest": asked.reference})

    def _post_uploads(self, asked: Asked) -> None:
        mounted = asked.query.get("mount", "")
        if mounted and self.server.storage.mount_blob(asked.name, mounted, asked.query.get("from", "")):
            self._created(asked.name, mounted)
            return
        upload = self.server.uploads.begin(asked.name)
        if asked.query.get("digest"):
            upload.extend(asked.body, "")
            self._finish(upload, asked.query["digest"])
            return
        self._progress(upload, HTTPStatus.ACCEPTED)

    def _get_upload(self, asked: Asked) -> None:
        self._progress(self._upload(asked), HTTPStatus.NO_CONTENT)

    def _patch_upload(self, asked: Asked) -> None:
        upload = self._upload(asked)
        with upload.guard:
            upload.extend(asked.body, self.headers.get("Content-Range", ""))
        self._progress(upload, HTTPStatus.ACCEPTED)

    def _put_upload(self, asked: Asked) -> None:
        upload = self._upload(asked)
        with upload.guard:
            upload.extend(asked.body, self.headers.get("Content-Range", ""))
        self._finish(upload, asked.query.get("digest", ""))

    def _delete_upload(self, asked: Asked) -> None:
        self.server.uploads.give_up(self._upload(asked))
        self._answer(HTTPStatus.NO_CONTENT)

    def _upload(self, asked: Asked) -> Upload:
        return self.server.uploads.find(asked.name, asked.reference)

    def _finish(self, upload: Upload, digest: str) -> None:
        self.server.uploads.finish(upload, digest)
        self._created(upload.repository, digest)

    def _created(self, repository: str, digest: str) -> None:
        place = {"Location": f"/v2/{repository}/blobs/{digest}"}
        self._answer(HTTPStatus.CREATED, b"", {**place, "Docker-Content-Digest": digest})

    def _progress(self, upload: Upload, status: int) -> None:
        place = {"Location": f"/v2/{upload.repository}/blobs/uploads/{upload.id}", "Docker-Upload-Uuid": upload.id}
        self._answer(status, b"", {**place, "Range": f"0-{max(0, upload.size - 1)}"})

    def _page(self, asked: Asked, path: str, key: str, names: list[str], extra: dict[str, str]) -> None:
        count = asked.query.get("n", str(PAGE if key == "repositories" else len(names) or 1))
        if not count.isdecimal() or not int(count):
            raise RegistryError("PAGINATION_NUMBER_INVALID", {"n": count})
        rest = [name for name in names if name > asked.query.get("last", "")]
        page = rest[: int(count)]
        more = {"Link": f'<{path}?last={page[-1]}&n={count}>; rel="next"'} if len(rest) > len(page) else {}
        self._tell({**extra, key: page}, more)

    def _tell(self, what: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self._answer(HTTPStatus.OK, json.dumps(what).encode(), {"Content-Type": JSON, **(headers or {})})

    def _answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Docker-Distribution-Api-Version": "registry/2.0", **(headers or {})}.items():
            self.send_header(name, value)
        if status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _copy(self, file: BinaryIO, count: int) -> None:
        while count and (piece := file.read(min(CHUNK, count))):
            self.wfile.write(piece)
            count -= len(piece)


def _unsupported(_asked: Asked) -> None:
    raise RegistryError("UNSUPPORTED")


def _named(digest: str) -> dict[str, str]:
    return {"Docker-Content-Digest": digest, "Etag": f'"{digest}"'}


def _range(header: str, size: int) -> tuple[int, int]:
    """Return the first byte that is wanted, and the one after the last."""
    if not header:
        return 0, size
    found = RANGE.fullmatch(header) or re.fullmatch(r"bytes=(\d+)-()", header)
    if not found or int(found[1]) >= size:
        raise RegistryError("RANGE_INVALID")
    return int(found[1]), min(size, int(found[2]) + 1) if found[2] else size


def _media_type(raw: bytes, told: str) -> str:
    """Return what a manifest is: what it says of itself, or else what the client says."""
    try:
        return str(json.loads(raw).get("mediaType") or told)
    except (ValueError, AttributeError):
        return told
