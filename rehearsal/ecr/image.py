"""An image as a registry has it: its manifest's bytes are what its digest is of."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from moto.ecr.models import Image as RecordedImage


class Image(RecordedImage):
    """An image of a repository, with any number of tags."""

    def __init__(self, account: str, repository: str, raw: bytes, media_type: str) -> None:
        """Take the manifest as it was pushed."""
        super().__init__(account, "", raw.decode(), repository, media_type, digest_of(raw))
        self.image_tags: list[str] = []
        # Engines keep what they build from under a kind of its own.
        self.artifact_media_type = self.document.get("config", {}).get("mediaType")

    @property
    def digest(self) -> str:
        """What names it."""
        return self.get_image_digest()

    @property
    def document(self) -> dict[str, Any]:
        """The manifest, read."""
        return dict(json.loads(self.image_manifest))

    @property
    def parts(self) -> set[str]:
        """The digests of the images of which it is a list."""
        return {part["digest"] for part in self.document.get("manifests") or []}

    def get_image_size_in_bytes(self) -> int | None:
        """Return the size of its layers, as they were pushed."""
        layers = self.document.get("layers")
        return sum(int(layer["size"]) for layer in layers) if layers is not None else None

    def told(self, tag: str | None = None) -> dict[str, Any]:
        """Return it as the API does, by the tag that was asked for."""
        name = {"imageDigest": self.digest, **({"imageTag": tag} if tag else {})}
        return {
            "registryId": self.registry_id,
            "repositoryName": self.repository_name,
            "imageId": name,
            "imageManifest": self.image_manifest,
            "imageManifestMediaType": self.image_manifest_media_type,
        }


def digest_of(raw: bytes) -> str:
    """Return the digest of something."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"
