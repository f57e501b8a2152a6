"""The two sides of an application, and the release that each of them runs."""

from typing import NamedTuple

IDENTIFIERS = ("Code1", "Code2")


class Release(NamedTuple):
    """An image tag, and the package (the content hash of its service template) that it runs with."""

    image: str
    package: str | None = None

    def satisfies(self, wanted: "Release") -> bool:
        """Whether this is the wanted release; one that names no package is content with any."""
        return self.image == wanted.image and wanted.package in (None, self.package)

    def __str__(self) -> str:
        return f"{self.image} (package {self.package[:12]})" if self.package else self.image


class Side(NamedTuple):
    """One target group, and what its tags say about it."""

    identifier: str
    target_group: str
    release: Release | None
    is_production: bool | None

    def runs(self, wanted: Release) -> bool:
        """Whether this side runs the wanted release."""
        return self.release is not None and self.release.satisfies(wanted)

    def __str__(self) -> str:
        return f"{self.identifier}, which runs {self.release or 'an unknown image'}"
