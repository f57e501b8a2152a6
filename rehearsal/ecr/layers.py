"""Layers that are pushed through the API instead of the desk; both end in the registry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.core.exceptions import ServiceException
from moto.ecr.exceptions import UploadNotFoundException

from rehearsal.ecr.image import digest_of

if TYPE_CHECKING:
    from moto.ecr.models import Repository

    from rehearsal.ecr.backend import Backend

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MEDIA_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class InvalidLayerError(ServiceException):
    """The layer is not the one that was announced."""

    code = "InvalidLayerException"


def size(backend: Backend, repository: str, digest: str) -> int | None:
    """Return the size of a layer, if the repository has it."""
    return backend.registry.blob_size(backend.place(repository), digest) if DIGEST.fullmatch(digest) else None


def availability(backend: Backend, repository: str, digests: list[str]) -> dict[str, Any]:
    """Tell which of these layers are there."""
    found: dict[str, Any] = {"layers": [], "failures": []}
    for digest in digests:
        known = size(backend, repository, digest)
        if known is not None:
            told = {"layerDigest": digest, "layerSize": known, "mediaType": MEDIA_TYPE}
            found["layers"].append({**told, "layerAvailability": "AVAILABLE"})
        elif DIGEST.fullmatch(digest):
            found["layers"].append({"layerDigest": digest, "layerAvailability": "UNAVAILABLE"})
        else:
            failure = {"failureCode": "InvalidLayerDigest", "failureReason": f"Invalid layer digest '{digest}'"}
            found["failures"].append({"layerDigest": digest, **failure})
    return found


def complete(backend: Backend, repository: Repository, upload_id: str, digests: list[str]) -> dict[str, Any]:
    """Store an uploaded layer in the registry."""
    upload = repository.uploads.get(upload_id)
    if upload is None:
        raise UploadNotFoundException(upload_id, repository.name, repository.registry_id)
    content = bytes(upload.layer_parts)
    digest = digest_of(content)
    if digests and digest not in digests:
        raise InvalidLayerError(f"Layer digest '{digests[0]}' does not match the digest of the upload, '{digest}'")
    backend.registry.put_blob(backend.place(repository.name), digest, content)
    del repository.uploads[upload_id]
    return {
        "registryId": repository.registry_id,
        "repositoryName": repository.name,
        "uploadId": upload_id,
        "layerDigest": digest,
    }
