"""What a registry holds, on the disk: blobs by digest, and for each repository which of them it knows, and its tags."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from rehearsal.registry.errors import RegistryError

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")


class Manifest(NamedTuple):
    """A manifest as it was put: its bytes are what its digest is of."""

    raw: bytes
    media_type: str

    @property
    def digest(self) -> str:
        """What names it."""
        return f"sha256:{hashlib.sha256(self.raw).hexdigest()}"


class Storage:
    """Everything; safe for use by several threads."""

    def __init__(self, root: Path) -> None:
        """Keep it below this folder."""
        self._root = root
        self._guard = threading.RLock()
        for name in ("blobs", "repositories", "uploads"):
            (root / name).mkdir(parents=True, exist_ok=True)

    @property
    def uploads(self) -> Path:
        """Where uploads grow."""
        return self._root / "uploads"

    def repositories(self) -> list[str]:
        """Return the names of all repositories that something was put in."""
        folder = self._root / "repositories"
        return sorted(str(path.parent.relative_to(folder)) for path in folder.glob("**/_manifests"))

    def has_repository(self, repository: str) -> bool:
        """Say whether anything was put in the repository."""
        return self._repository(repository).is_dir()

    def blob(self, repository: str, digest: str) -> Path:
        """Return the file of a blob that the repository knows."""
        _require_digest(digest)
        if not self._known(repository, "_blobs", digest).exists():
            raise RegistryError("BLOB_UNKNOWN", digest)
        return self._blob(digest)

    def has_blob(self, repository: str, digest: str) -> bool:
        """Say whether the repository knows a blob."""
        return bool(DIGEST.match(digest)) and self._known(repository, "_blobs", digest).exists()

    def add_blob(self, repository: str, digest: str, file: Path) -> None:
        """Take a file as a blob; it has the digest already."""
        with self._guard:
            file.replace(self._blob(digest))
            self._note(self._known(repository, "_blobs", digest), b"")

    def mount_blob(self, repository: str, digest: str, origin: str) -> bool:
        """Let a repository know a blob that another one knows, and say whether that one does."""
        with self._guard:
            if not self.has_blob(origin, digest):
                return False
            self._note(self._known(repository, "_blobs", digest), b"")
            return True

    def delete_blob(self, repository: str, digest: str) -> None:
        """Let the repository forget a blob."""
        self.blob(repository, digest)
        self._known(repository, "_blobs", digest).unlink(missing_ok=True)

    def manifest(self, repository: str, reference: str) -> Manifest:
        """Return a manifest by tag or by digest."""
        with self._guard:
            digest = self._digest(repository, reference)
            known = self._known(repository, "_manifests", digest)
            if not known.exists():
                raise RegistryError("MANIFEST_UNKNOWN", _asked(reference))
            return Manifest(self._blob(digest).read_bytes(), known.read_text())

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> None:
        """Take a manifest whose blobs are here, and let the tag point to it."""
        if DIGEST.match(reference) and reference != manifest.digest:
            raise RegistryError("DIGEST_INVALID")
        self._check(repository, manifest)
        with self._guard:
            new = self._new()
            new.write_bytes(manifest.raw)
            new.replace(self._blob(manifest.digest))
            self._note(self._known(repository, "_manifests", manifest.digest), manifest.media_type.encode())
            if not DIGEST.match(reference):
                self._note(self._tag(repository, reference), manifest.digest.encode())

    def delete_manifest(self, repository: str, digest: str) -> None:
        """Forget a manifest, and all tags that point to it."""
        if not DIGEST.match(digest):
            raise RegistryError("DIGEST_INVALID")
        with self._guard:
            self.manifest(repository, digest)
            for tag in self.tags(repository):
                if self._tag(repository, tag).read_text() == digest:
                    self._tag(repository, tag).unlink()
            self._known(repository, "_manifests", digest).unlink()

    def tags(self, repository: str) -> list[str]:
        """Return the tags of a repository."""
        if not self.has_repository(repository):
            raise RegistryError("NAME_UNKNOWN", {"name": repository})
        folder = self._repository(repository) / "_tags"
        return sorted(os.listdir(folder)) if folder.is_dir() else []  # noqa: PTH208 - names only

    def _digest(self, repository: str, reference: str) -> str:
        if DIGEST.match(reference):
            return reference
        tag = self._tag(repository, reference)
        if not tag.is_file():
            raise RegistryError("MANIFEST_UNKNOWN", _asked(reference))
        return tag.read_text()

    def _check(self, repository: str, manifest: Manifest) -> None:
        """Refuse a manifest that names what the repository does not have."""
        try:
            document = json.loads(manifest.raw)
        except ValueError as error:
            raise RegistryError("MANIFEST_INVALID") from error
        if not isinstance(document, dict) or document.get("schemaVersion") != 2:
            raise RegistryError("MANIFEST_INVALID", "only version 2 of the format is known")
        for part in _parts(document):
            if not self.has_blob(repository, str(part.get("digest"))):
                raise RegistryError("MANIFEST_BLOB_UNKNOWN", part.get("digest"))
        for part in document.get("manifests") or []:
            if not self._known(repository, "_manifests", str(part.get("digest"))).exists():
                raise RegistryError("MANIFEST_BLOB_UNKNOWN", part.get("digest"))

    def _note(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = self._new()
        new.write_bytes(content)
        new.replace(path)

    def _new(self) -> Path:
        return self.uploads / f"new-{secrets.token_hex(8)}"

    def _repository(self, name: str) -> Path:
        return self._root / "repositories" / name

    def _known(self, repository: str, kind: str, digest: str) -> Path:
        return self._repository(repository) / kind / digest.removeprefix("sha256:")

    def _tag(self, repository: str, tag: str) -> Path:
        return self._repository(repository) / "_tags" / tag

    def _blob(self, digest: str) -> Path:
        return self._root / "blobs" / digest.removeprefix("sha256:")


def _parts(document: dict[str, Any]) -> list[dict[str, Any]]:
    parts = [*(document.get("layers") or []), *filter(None, [document.get("config")])]
    # Layers that anybody may fetch elsewhere need not be here.
    return [part for part in parts if not part.get("urls")]


def _asked(reference: str) -> dict[str, str]:
    return {"Digest" if DIGEST.match(reference) else "Tag": reference}


def _require_digest(digest: str) -> None:
    if not DIGEST.match(digest):
        raise RegistryError("DIGEST_INVALID")
