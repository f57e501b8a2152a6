"""Names of images: `registry:port/repository:tag@digest`, most of it optional."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rehearsal.engine.errors import BadRequestError

DEFAULT_REGISTRY = "docker.io"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
REPOSITORY = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\Z")
TAG = re.compile(r"\w[\w.-]{0,127}\Z", re.ASCII)
HOST = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:[0-9]+)?\Z")


@dataclass(frozen=True)
class Reference:
    """A name, read."""

    registry: str
    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def name(self) -> str:
        """The name without tag and digest, as people write it."""
        if self.registry != DEFAULT_REGISTRY:
            return f"{self.registry}/{self.repository}"
        return self.repository.removeprefix("library/")

    @property
    def tagged(self) -> str:
        """The name with its tag, `latest` if it has none."""
        return f"{self.name}:{self.tag or 'latest'}"

    @property
    def pinned(self) -> str:
        """The name with its digest."""
        return f"{self.name}@{self.digest}"

    @property
    def full(self) -> str:
        """The name with its digest if it has one, else with its tag."""
        return self.pinned if self.digest else self.tagged

    @property
    def wanted(self) -> str:
        """What a registry is asked for: the digest, or else the tag."""
        return self.digest or self.tag or "latest"

    def with_tag(self, tag: str) -> Reference:
        """Return the same repository with another tag, or with the digest that was given as a tag."""
        if DIGEST.match(tag):
            return replace(self, tag="", digest=tag)
        return parse(f"{self.name}:{tag}") if tag else self


def parse(text: str) -> Reference:
    """Read a name; one that is none is refused as Docker's engine refuses it."""
    named, _, digest = text.partition("@")
    repository, tag = _tag_of(named)
    registry, slash, rest = repository.partition("/")
    if not (slash and (registry == "localhost" or "." in registry or ":" in registry)):
        registry, rest = DEFAULT_REGISTRY, repository
    if rest != rest.lower():
        raise BadRequestError(f"invalid reference format: repository name ({rest}) must be lowercase")
    if not _is_valid(registry, rest, tag, digest):
        raise BadRequestError("invalid reference format")
    if registry == DEFAULT_REGISTRY and "/" not in rest:
        rest = f"library/{rest}"
    return Reference(registry, rest, tag, digest)


def _tag_of(named: str) -> tuple[str, str]:
    name, colon, tag = named.rpartition(":")
    # A colon before a slash belongs to the registry's port.
    if not colon or "/" in tag:
        return named, ""
    return name, tag or " "


def _is_valid(registry: str, repository: str, tag: str, digest: str) -> bool:
    return bool(
        HOST.match(registry)
        and REPOSITORY.match(repository)
        and (not tag or TAG.match(tag))
        and (not digest or DIGEST.match(digest))
    )
