"""Pushing images to a registry and pulling them from one, with the messages that clients draw progress from."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from rehearsal.engine.errors import EngineError, NotFoundError
from rehearsal.engine.registryclient import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, Manifest, RegistryClient
from rehearsal.engine.stage import ARCHITECTURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.engine.images import Image, Images
    from rehearsal.engine.layers import Layers
    from rehearsal.engine.references import Reference
    from rehearsal.engine.registryclient import Credentials

Message = dict[str, Any]
CONFIG_TYPE = "application/vnd.docker.container.image.v1+json"
LAYER_TYPE = "application/vnd.docker.image.rootfs.diff.tar.gzip"


class Transfer:
    """Moves images between this engine and a registry."""

    def __init__(self, images: Images, layers: Layers, credentials: Credentials) -> None:
        """Remember where images are kept."""
        self._images = images
        self._layers = layers
        self._credentials = credentials

    def push(self, reference: Reference) -> Iterator[Message]:
        """Push one tag; an error is the last message."""
        yield {"status": f"The push refers to repository [{reference.name}]"}
        try:
            image = self._tagged(reference)
            with RegistryClient(reference.registry, self._credentials) as registry, self._images.making():
                yield from self._push(registry, reference, image)
        except EngineError as error:
            yield {"errorDetail": {"message": str(error)}, "error": str(error)}

    def pull(self, reference: Reference) -> Iterator[Message]:
        """Pull an image; what is asked for is looked up before the first message, so that its absence is an error."""
        registry = RegistryClient(reference.registry, self._credentials)
        with registry:
            manifest = self._manifest(registry, reference)
        return self._pulling(registry, reference, manifest)

    def fetch(self, reference: Reference) -> Image:
        """Return an image that is here, or pull it."""
        here = self._images.look_up(reference.full)
        if here:
            return here
        for message in self.pull(reference):
            if "error" in message:
                raise EngineError(message["error"])
        return self._images.find(reference.full)

    def _tagged(self, reference: Reference) -> Image:
        image = self._images.look_up(reference.tagged)
        if image is None:
            raise EngineError(f"An image does not exist locally with the tag: {reference.name}")
        return image

    def _push(self, registry: RegistryClient, reference: Reference, image: Image) -> Iterator[Message]:
        for diff_id in image.diff_ids:
            yield {"status": "Preparing", "progressDetail": {}, "id": diff_id[7:19]}
        for diff_id in image.diff_ids:
            yield from self._push_layer(registry, reference.repository, diff_id)
        if not registry.has_blob(reference.repository, image.id):
            registry.put_blob(reference.repository, image.id, image.raw, len(image.raw))
        manifest = self._manifest_of(image)
        tag = reference.tag or "latest"
        registry.put_manifest(reference.repository, tag, manifest)
        self._images.pin(image, reference.with_tag(manifest.digest))
        size = len(manifest.raw)
        yield {"status": f"{tag}: digest: {manifest.digest} size: {size}"}
        yield {"progressDetail": {}, "aux": {"Tag": tag, "Digest": manifest.digest, "Size": size}}

    def _push_layer(self, registry: RegistryClient, repository: str, diff_id: str) -> Iterator[Message]:
        name, blob = diff_id[7:19], self._layers.blob(diff_id)
        if registry.has_blob(repository, blob.digest):
            yield {"status": "Layer already exists", "progressDetail": {}, "id": name}
            return
        yield {"status": "Pushing", "progressDetail": {"current": 0, "total": blob.size}, "id": name}
        with blob.path.open("rb") as content:
            registry.put_blob(repository, blob.digest, content, blob.size)
        yield {"status": "Pushed", "progressDetail": {}, "id": name}

    def _manifest_of(self, image: Image) -> Manifest:
        blobs = [self._layers.blob(diff_id) for diff_id in image.diff_ids]
        document = {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST,
            "config": {"mediaType": CONFIG_TYPE, "size": len(image.raw), "digest": image.id},
            "layers": [{"mediaType": LAYER_TYPE, "size": blob.size, "digest": blob.digest} for blob in blobs],
        }
        # The indentation is that of Docker's engine, so that a manifest keeps its digest whoever pushes it again.
        raw = json.dumps(document, indent=3).encode()
        return Manifest(raw, DOCKER_MANIFEST, f"sha256:{hashlib.sha256(raw).hexdigest()}")

    def _manifest(self, registry: RegistryClient, reference: Reference) -> Manifest:
        try:
            manifest = registry.manifest(reference.repository, reference.wanted)
        except NotFoundError as error:
            raise NotFoundError(f"manifest for {reference.full} not found: {error}") from error
        if reference.digest and manifest.digest != reference.digest:
            raise EngineError(f"manifest verification failed for digest {reference.digest}")
        return manifest

    def _pulling(self, registry: RegistryClient, reference: Reference, manifest: Manifest) -> Iterator[Message]:
        yield {"status": f"Pulling from {reference.repository}", "id": reference.wanted}
        try:
            with registry, self._images.making():
                yield from self._pull(registry, reference, manifest)
        except EngineError as error:
            yield {"errorDetail": {"message": str(error)}, "error": str(error)}
        except (KeyError, ValueError, TypeError) as error:
            complaint = f"{reference.full} is not an image as they should be: {error!r}"
            yield {"errorDetail": {"message": complaint}, "error": complaint}

    def _pull(self, registry: RegistryClient, reference: Reference, manifest: Manifest) -> Iterator[Message]:
        document = self._for_this_machine(registry, reference, manifest)
        identity = document["config"]["digest"]
        here = self._images.look_up(identity)
        if here is None:
            raw = b"".join(registry.blob(reference.repository, identity))
            yield from self._pull_layers(registry, reference, document["layers"], json.loads(raw)["rootfs"]["diff_ids"])
        image = here or self._images.add(raw)
        if image.id != identity:
            raise EngineError(f"image config verification failed for digest {identity}")
        if not reference.digest:
            self._images.tag(image, reference)
        self._images.pin(image, reference.with_tag(manifest.digest))
        yield {"status": f"Digest: {manifest.digest}"}
        news = "Image is up to date" if here else "Downloaded newer image"
        yield {"status": f"Status: {news} for {reference.full}"}

    def _pull_layers(
        self, registry: RegistryClient, reference: Reference, blobs: list[dict[str, Any]], diff_ids: list[str]
    ) -> Iterator[Message]:
        for blob, diff_id in zip(blobs, diff_ids, strict=True):
            name = blob["digest"][7:19]
            if self._layers.has(diff_id):
                yield {"status": "Already exists", "progressDetail": {}, "id": name}
                continue
            yield {"status": "Pulling fs layer", "progressDetail": {}, "id": name}
            pieces = registry.blob(reference.repository, blob["digest"])
            self._layers.add_packed(pieces, blob["digest"], diff_id)
            yield {"status": "Pull complete", "progressDetail": {}, "id": name}

    def _for_this_machine(self, registry: RegistryClient, reference: Reference, manifest: Manifest) -> dict[str, Any]:
        """Return the manifest itself, or the one of a list that is for this machine."""
        document = manifest.document
        if manifest.media_type not in (DOCKER_LIST, OCI_INDEX):
            if "layers" not in document:
                raise EngineError(f"{reference.full}: manifests of type {manifest.media_type} are not images")
            return document
        for each in document["manifests"]:
            platform = each.get("platform") or {}
            if (platform.get("os"), platform.get("architecture")) == ("linux", ARCHITECTURE):
                return registry.manifest(reference.repository, each["digest"]).document
        raise NotFoundError(f"no matching manifest for linux/{ARCHITECTURE} in the manifest list entries")
