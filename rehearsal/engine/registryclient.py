"""Talking to a registry on this machine, as Docker's engine does when it pushes and pulls."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import ipaddress
import json
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from rehearsal.engine.errors import EngineError, NotFoundError
from rehearsal.engine.layers import CHUNK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
ACCEPTED = ", ".join([DOCKER_MANIFEST, DOCKER_LIST, OCI_MANIFEST, OCI_INDEX])
TIMEOUT = 60


class Credentials(NamedTuple):
    """What a client gave for a registry."""

    username: str = ""
    password: str = ""


ANONYMOUS = Credentials()


class Manifest(NamedTuple):
    """A manifest, as its bytes are."""

    raw: bytes
    media_type: str
    digest: str

    @property
    def document(self) -> dict[str, Any]:
        """The manifest, read."""
        return dict(json.loads(self.raw))


class RegistryClient:
    """One connection to a registry."""

    def __init__(self, host: str, credentials: Credentials = ANONYMOUS) -> None:
        """Prepare; nothing is sent yet."""
        _require_local(host)
        self._host = host
        self._credentials = credentials
        self._line = http.client.HTTPConnection(host, timeout=TIMEOUT)
        self._authorization: dict[str, str] = {}

    def __enter__(self) -> RegistryClient:
        """See whether it is there, and whether it wants to know who we are."""
        try:
            self._greet()
        except BaseException:
            self._line.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up."""
        self._line.close()

    def manifest(self, repository: str, wanted: str) -> Manifest:
        """Return a manifest by tag or digest."""
        answer = self._call("GET", f"/v2/{repository}/manifests/{wanted}", {"Accept": ACCEPTED})
        raw = answer.read()
        if answer.status == HTTPStatus.NOT_FOUND:
            raise NotFoundError(_told(raw))
        self._require(answer, raw, HTTPStatus.OK)
        return Manifest(raw, answer.getheader("Content-Type", DOCKER_MANIFEST), f"sha256:{_sha256(raw)}")

    def put_manifest(self, repository: str, tag: str, manifest: Manifest) -> None:
        """Store a manifest under a tag."""
        headers = {"Content-Type": manifest.media_type}
        answer = self._call("PUT", f"/v2/{repository}/manifests/{tag}", headers, manifest.raw)
        self._require(answer, answer.read(), HTTPStatus.CREATED)

    def has_blob(self, repository: str, digest: str) -> bool:
        """Say whether the repository has a blob."""
        answer = self._call("HEAD", f"/v2/{repository}/blobs/{digest}")
        raw = answer.read()
        if answer.status not in (HTTPStatus.OK, HTTPStatus.NOT_FOUND):
            self._require(answer, raw, HTTPStatus.OK)
        return answer.status == HTTPStatus.OK

    def put_blob(self, repository: str, digest: str, content: bytes | IO[bytes], size: int) -> None:
        """Upload a blob."""
        answer = self._call("POST", f"/v2/{repository}/blobs/uploads/")
        self._require(answer, answer.read(), HTTPStatus.ACCEPTED)
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        answer = self._call("PATCH", _path(answer), headers, content)
        self._require(answer, answer.read(), HTTPStatus.ACCEPTED)
        path = _path(answer)
        joint = "&" if "?" in path else "?"
        answer = self._call("PUT", f"{path}{joint}digest={digest}", {"Content-Length": "0"})
        self._require(answer, answer.read(), HTTPStatus.CREATED)

    def blob(self, repository: str, digest: str) -> Iterator[bytes]:
        """Go through the bytes of a blob."""
        answer = self._call("GET", f"/v2/{repository}/blobs/{digest}")
        if answer.status != HTTPStatus.OK:
            self._require(answer, answer.read(), HTTPStatus.OK)
        try:
            while piece := answer.read(CHUNK):
                yield piece
        except (OSError, http.client.HTTPException) as error:
            raise EngineError(f"the registry on {self._host} broke off: {error!r}") from error

    def _greet(self) -> None:
        answer = self._call("GET", "/v2/")
        raw = answer.read()
        if answer.status == HTTPStatus.UNAUTHORIZED and self._credentials.username:
            pair = f"{self._credentials.username}:{self._credentials.password}".encode()
            self._authorization = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
            answer = self._call("GET", "/v2/")
            raw = answer.read()
        self._require(answer, raw, HTTPStatus.OK)

    def _call(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | IO[bytes] | None = None
    ) -> http.client.HTTPResponse:
        try:
            self._line.request(method, path, body, {**(headers or {}), **self._authorization})
            return self._line.getresponse()
        except OSError as error:
            problem = (error.strerror or str(error)).lower()
            raise EngineError(
                f'{method.title()} "http://{self._host}{path}": dial tcp {self._host}: {problem}'
            ) from error
        except http.client.HTTPException as error:
            raise EngineError(f"what answers on {self._host} is no registry: {error!r}") from error

    def _require(self, answer: http.client.HTTPResponse, raw: bytes, status: int) -> None:
        if answer.status != status:
            told = _told(raw) or f"received unexpected HTTP status: {answer.status} {answer.reason}"
            raise EngineError(told)


def _require_local(host: str) -> None:
    """Refuse a registry elsewhere: an image from there expects to be isolated, and would not run here."""
    name = host.rpartition(":")[0] or host
    if name == "localhost":
        return
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(name.strip("[]")).is_loopback:
            return
    raise NotFoundError(
        f"the embedded engine reaches only registries on this machine, and {host} is not one: "
        "start a Docker engine to use its images, or build FROM scratch, where programs such as python3 and node "
        "are those of this machine"
    )


def _path(answer: http.client.HTTPResponse) -> str:
    parts = urlsplit(answer.getheader("Location", ""))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _told(raw: bytes) -> str:
    """Return what a registry complains of, in the words in which Docker's engine passes it on."""
    try:
        errors = json.loads(raw)["errors"]
        return ", ".join(f"{each['code'].lower().replace('_', ' ')}: {each.get('message', '')}" for each in errors)
    except (ValueError, KeyError, TypeError):
        return raw.decode(errors="replace").strip()


def _sha256(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
