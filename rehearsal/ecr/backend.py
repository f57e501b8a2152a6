"""One region's repositories, whose images are in the registry."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, ClassVar

import moto.ecr.urls
from moto.ecr.exceptions import ImageAlreadyExistsException, RepositoryNotEmptyException
from moto.ecr.models import ECRBackend

from rehearsal.ecr import shelf
from rehearsal.ecr.errors import DigestMismatchError, LayersNotFoundError, invalid
from rehearsal.ecr.image import Image, digest_of
from rehearsal.registry.handle import Manifest, RegistryAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from moto.ecr.models import Repository

    from rehearsal.cloud import Cloud
    from rehearsal.registry.handle import Registry

UNTYPED = "image manifest mediatype not provided in manifest or parameter"


class Backend(ECRBackend):
    """The repositories of a region."""

    cloud: ClassVar[Cloud]
    # What a tag names is looked up and changed in one step; the registry behind answers in milliseconds.
    guard: ClassVar[threading.RLock] = threading.RLock()

    @property
    def _url_module(self) -> Any:
        return moto.ecr.urls

    @property
    def registry(self) -> Registry:
        """The registry behind the desk."""
        return self.cloud.images

    def place(self, repository: str) -> str:
        """Return the name of a repository in the registry, which serves all regions."""
        return f"{self.region_name}/{repository}"

    def repository(self, name: str, registry_id: str | None = None) -> Repository:
        """Return a repository; raises if there is none."""
        return self._get_repository(name, registry_id)

    def create_repository(self, repository_name: str, *settings: Any, **more: Any) -> Repository:
        """Create a repository; what an earlier run left in a folder that is kept is in it again."""
        with self.guard:
            made = super().create_repository(repository_name, *settings, **more)
            made.uri = f"{self.cloud.registry}/{repository_name}"
            place = self.place(repository_name)
            for tag in self.registry.tags(place):
                manifest = self.registry.manifest(place, tag)
                if manifest is not None:
                    shelf.put(made, self._image(repository_name, manifest), tag)
            return made

    def delete_repository(
        self,
        repository_name: str,
        registry_id: str | None = None,
        force: bool = False,  # noqa: FBT001, FBT002 - as moto calls it
    ) -> Repository:
        """Delete a repository with its images, if `force` allows those."""
        with self.guard:
            found = self.repository(repository_name, registry_id)
            if found.images and not force:
                raise RepositoryNotEmptyException(repository_name, found.registry_id)
            for image in shelf.images(found):
                self.registry.delete(self.place(repository_name), image.digest)
            return super().delete_repository(repository_name, registry_id, force)

    def shelve(self, name: str, tag: str, manifest: Manifest) -> Image:
        """Store a manifest under a tag, or under none, and tell everybody."""
        with self.guard:
            repository = self.repository(name)
            if tag:
                shelf.require_free(repository, tag, manifest.digest)
            self.registry.put_manifest(self.place(name), tag or manifest.digest, manifest)
            kept = shelf.put(repository, self._image(name, manifest), tag)
        self._announce("PUSH", kept, tag)
        return kept

    def put_image(
        self,
        repository_name: str,
        image_manifest: str,
        image_tag: str | None = None,
        image_manifest_mediatype: str | None = None,
        digest: str | None = None,
    ) -> Any:
        """Store an image whose layers are there."""
        repository = self.repository(repository_name)
        raw, tag = image_manifest.encode(), image_tag or ""
        manifest = Manifest(digest_of(raw), image_manifest_mediatype or _media_type(raw), raw)
        if digest and digest != manifest.digest:
            raise DigestMismatchError(f"Image digest '{digest}' does not match the digest of the image manifest")
        known = shelf.find(repository, manifest.digest)
        if known is not None and (not tag or tag in known.image_tags):
            raise ImageAlreadyExistsException(repository_name, repository.registry_id, known.digest, tag)
        try:
            return self.shelve(repository_name, tag, manifest).told(tag)
        except RegistryAnswerError as error:
            raise LayersNotFoundError(str(error)) from error

    def batch_get_image(
        self, repository_name: str, registry_id: str | None = None, image_ids: list[dict[str, str]] | None = None
    ) -> dict[str, Any]:
        """Return images with their manifests."""
        repository = self.repository(repository_name, registry_id)
        found: dict[str, list[Any]] = {"images": [], "failures": []}
        for wanted in image_ids or []:
            image = shelf.look_up(repository, wanted)
            if isinstance(image, shelf.Failure):
                found["failures"].append(image.told(wanted))
            else:
                found["images"].append(image.told(wanted.get("imageTag")))
        return found

    def batch_delete_image(
        self, repository_name: str, registry_id: str | None = None, image_ids: list[dict[str, str]] | None = None
    ) -> dict[str, Any]:
        """Delete images by digest, or tags; an image goes with its last tag."""
        done: dict[str, list[Any]] = {"imageIds": [], "failures": []}
        with self.guard:
            repository = self.repository(repository_name, registry_id)
            for wanted in image_ids or []:
                image = shelf.to_delete(repository, wanted)
                if isinstance(image, shelf.Failure):
                    done["failures"].append(image.told(wanted))
                    continue
                gone = [wanted["imageTag"]] if "imageTag" in wanted else list(image.image_tags)
                done["imageIds"] += [{"imageDigest": image.digest, "imageTag": tag} for tag in gone]
                if not gone:
                    done["imageIds"].append({"imageDigest": image.digest})
                self._take_away(repository, image, gone)
        return done

    def _take_away(self, repository: Repository, image: Image, tags: list[str]) -> None:
        place = self.place(repository.name)
        self.registry.delete(place, image.digest)
        for tag in tags:
            shelf.untag(image, tag)
            self._announce("DELETE", image, tag)
        if not image.image_tags:
            repository.images.remove(image)
        # A registry forgets an image only with all of its tags.
        kept = Manifest(image.digest, image.image_manifest_media_type or "", image.image_manifest.encode())
        for tag in image.image_tags:
            self.registry.put_manifest(place, tag, kept)

    def _image(self, repository: str, manifest: Manifest) -> Image:
        return Image(self.account_id, repository, manifest.raw, manifest.media_type)

    def _announce(self, action: str, image: Image, tag: str) -> None:
        detail = {
            "result": "SUCCESS",
            "repository-name": image.repository_name,
            "image-digest": image.digest,
            "action-type": action,
            "image-tag": tag,
            "manifest-media-type": image.image_manifest_media_type,
        }
        emit: Callable[..., Any] = self.cloud.bus.emit
        emit(
            "aws.ecr",
            "ECR Image Action",
            {name: value for name, value in detail.items() if value},
            [],
            self.region_name,
        )


def _media_type(raw: bytes) -> str:
    try:
        told = json.loads(raw)
    except ValueError as error:
        raise invalid(
            "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
        ) from error
    if "mediaType" not in told:
        raise invalid(UNTYPED)
    return str(told["mediaType"])
