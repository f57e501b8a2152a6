"""The registry that the rehearsal uses, whichever of the two it is."""

from __future__ import annotations

import http.client
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from rehearsal.registry import installed, server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rehearsal.warden.handle import Warden

Kind = Literal["auto", "docker-registry", "embedded"]
ACCEPTED = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in (
        "docker.distribution.manifest.v2",
        "docker.distribution.manifest.list.v2",
        "oci.image.manifest.v1",
        "oci.image.index.v1",
    )
)
TIMEOUT = 30.0


class Manifest(NamedTuple):
    """A manifest as the registry has it."""

    digest: str
    media_type: str
    raw: bytes

    @property
    def document(self) -> dict[str, Any]:
        """The manifest, read."""
        return dict(json.loads(self.raw))


class RegistryAnswerError(Exception):
    """The registry did not answer as it should."""

    def __init__(self, told: str, status: int = HTTPStatus.BAD_GATEWAY, raw: bytes = b"") -> None:
        """Keep what it answered instead, if it did answer."""
        super().__init__(told)
        self.status = status
        self.raw = raw


class Registry:
    """A registry on loopback; `host` is the `127.0.0.1:PORT` that image names begin with."""

    def __init__(self, serving: installed.InstalledRegistry | server.Registry, host: str) -> None:
        """Use one that serves."""
        self._serving = serving
        self.host = host

    @classmethod
    def start(
        cls,
        warden: Warden,
        folder: Path,
        *,
        kind: Kind = "auto",
        pushed: Callable[[str, str, str], None] = lambda repository, tag, digest: None,  # noqa: ARG005 - nobody listens
    ) -> Registry:
        """Start one that keeps its images below the folder; `pushed` hears of each tag, with repository and digest."""
        if kind == "docker-registry" or (kind == "auto" and installed.PROGRAM):
            one = installed.InstalledRegistry(warden, folder, pushed)
            return cls(one, one.host)
        own = server.Registry(folder / "data", pushed)
        return cls(own, f"127.0.0.1:{own.server_address[1]}")

    @property
    def kind(self) -> str:
        """Which of the two it is."""
        return "docker-registry" if isinstance(self._serving, installed.InstalledRegistry) else "embedded"

    def stop(self) -> None:
        """End it."""
        self._serving.stop()

    def manifest(self, repository: str, reference: str) -> Manifest | None:
        """Return a manifest by tag or by digest, if it is there."""
        status, headers, raw = self._call("GET", f"/v2/{repository}/manifests/{reference}")
        if status == HTTPStatus.NOT_FOUND:
            return None
        _require(status, raw)
        return Manifest(headers["Docker-Content-Digest"], headers.get("Content-Type", ""), raw)

    def digest(self, repository: str, tag: str) -> str | None:
        """Return the digest that a tag points to, if it is there."""
        status, headers, raw = self._call("HEAD", f"/v2/{repository}/manifests/{tag}")
        if status == HTTPStatus.NOT_FOUND:
            return None
        _require(status, raw)
        return headers["Docker-Content-Digest"]

    def tags(self, repository: str) -> list[str]:
        """Return the tags of a repository; one that nothing was pushed to has none."""
        status, _, raw = self._call("GET", f"/v2/{repository}/tags/list")
        if status == HTTPStatus.NOT_FOUND:
            return []
        _require(status, raw)
        return sorted(json.loads(raw)["tags"] or [])

    def repositories(self) -> list[str]:
        """Return the names of all repositories."""
        status, _, raw = self._call("GET", "/v2/_catalog?n=1000")
        _require(status, raw)
        return list(json.loads(raw)["repositories"])

    def config(self, repository: str, digest: str) -> dict[str, Any]:
        """Return a small blob that is JSON: the configuration of an image."""
        status, _, raw = self._call("GET", f"/v2/{repository}/blobs/{digest}")
        _require(status, raw)
        return dict(json.loads(raw))

    def blob_size(self, repository: str, digest: str) -> int | None:
        """Return the size of a blob, if the repository knows it."""
        status, headers, raw = self._call("HEAD", f"/v2/{repository}/blobs/{digest}")
        if status == HTTPStatus.NOT_FOUND:
            return None
        _require(status, raw)
        return int(headers["Content-Length"])

    def put_blob(self, repository: str, digest: str, content: bytes) -> None:
        """Store a blob."""
        status, headers, raw = self._call("POST", f"/v2/{repository}/blobs/uploads/")
        _require(status, raw)
        place = urlsplit(headers["Location"])
        query = f"{place.query}&" if place.query else ""
        status, _, raw = self._call("PUT", f"{place.path}?{query}digest={digest}", content)
        _require(status, raw)

    def put_manifest(self, repository: str, tag: str, manifest: Manifest) -> None:
        """Let a tag point to a manifest whose parts are there."""
        path = f"/v2/{repository}/manifests/{tag}"
        status, _, raw = self._call("PUT", path, manifest.raw, {"Content-Type": manifest.media_type})
        _require(status, raw)

    def delete(self, repository: str, digest: str) -> bool:
        """Forget a manifest and all its tags, and say whether it was there."""
        status, _, raw = self._call("DELETE", f"/v2/{repository}/manifests/{digest}")
        if status == HTTPStatus.NOT_FOUND:
            return False
        _require(status, raw)
        return True

    def _call(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        line = http.client.HTTPConnection(self.host, timeout=TIMEOUT)
        try:
            line.request(method, path, body, {"Accept": ACCEPTED, **(headers or {})})
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise RegistryAnswerError(f"the registry on {self.host} does not answer: {error}") from error
        finally:
            line.close()


def _require(status: int, raw: bytes) -> None:
    if status >= HTTPStatus.BAD_REQUEST:
        raise RegistryAnswerError(f"the registry answers {status}: {raw.decode(errors='replace')}", status, raw)
