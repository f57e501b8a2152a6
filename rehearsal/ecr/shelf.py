"""Which images a repository has, and which tag names which of them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from rehearsal.ecr.errors import TagExistsError

if TYPE_CHECKING:
    from moto.ecr.models import Repository

    from rehearsal.ecr.image import Image


class Failure(NamedTuple):
    """Why one of several images cannot be had."""

    code: str
    reason: str

    def told(self, wanted: dict[str, str]) -> dict[str, Any]:
        """Return it as the API does."""
        return {"imageId": wanted, "failureCode": self.code, "failureReason": self.reason}


def images(repository: Repository) -> list[Image]:
    """Return all images."""
    return cast("list[Image]", repository.images)


def find(repository: Repository, reference: str) -> Image | None:
    """Return an image by tag or digest."""
    for image in images(repository):
        if reference == image.digest or reference in image.image_tags:
            return image
    return None


def require_free(repository: Repository, tag: str, digest: str) -> None:
    """Refuse to let a tag name another image, if tags of this repository are for ever."""
    holder = find(repository, tag)
    if holder is not None and holder.digest != digest and _is_for_ever(repository, tag):
        raise TagExistsError(tag, repository.name)


def put(repository: Repository, image: Image, tag: str) -> Image:
    """Keep an image, and let the tag, if there is one, name it and no other."""
    known = find(repository, image.digest)
    if known is None:
        repository.images.append(image)
        known = image
    if tag:
        for other in images(repository):
            if other is not known:
                untag(other, tag)
        known.update_tag(tag)
    return known


def untag(image: Image, tag: str) -> None:
    """Let a tag name the image no more."""
    image.remove_tag(tag)
    image.image_tag = image.image_tags[-1] if image.image_tags else ""


def look_up(repository: Repository, wanted: dict[str, str]) -> Image | Failure:
    """Return the image that somebody means."""
    digest, tag = wanted.get("imageDigest"), wanted.get("imageTag")
    if not digest and not tag:
        return Failure("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
    image = find(repository, str(digest or tag))
    if image is None:
        return Failure("ImageNotFound", "Requested image not found")
    if digest and tag and tag not in image.image_tags:
        return Failure("ImageTagDoesNotMatchDigest", "Requested image tag does not match image digest")
    return image


def to_delete(repository: Repository, wanted: dict[str, str]) -> Image | Failure:
    """Return the image that somebody wants to be rid of, with some or all of its tags."""
    found = look_up(repository, wanted)
    if isinstance(found, Failure) or wanted.get("imageTag"):
        return found
    lists = [other.digest for other in images(repository) if found.digest in other.parts]
    if lists:
        told = f"Requested image referenced by manifest list: [{', '.join(lists)}]"
        return Failure("ImageReferencedByManifestList", told)
    return found


def _is_for_ever(repository: Repository, tag: str) -> bool:
    kind = str(getattr(repository.image_tag_mutability, "value", repository.image_tag_mutability))
    filters = repository.image_tag_mutability_exclusion_filters or []
    excepted = any(fnmatchcase(tag, each["filter"]) for each in filters)
    return kind.startswith("IMMUTABLE") != (excepted and kind.endswith("_WITH_EXCLUSION"))
