"""Which release each side is to run after the next deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from traffic.errors import Refused
from traffic.sides import IDENTIFIERS, Release, Side

if TYPE_CHECKING:
    from traffic.discovery import Discovered


class Pins(NamedTuple):
    """The release of each side, and the side that is live."""

    code1: Release
    code2: Release
    live: str

    def as_parameters(self) -> dict[str, str]:
        """The stack parameters that pin both sides."""
        return {
            "Code1": self.code1.image,
            "Code2": self.code2.image,
            "Code1Package": self.code1.package or "",
            "Code2Package": self.code2.package or "",
            "Live": self.live,
        }


def pin(discovered: Discovered | None, release: Release) -> Pins:
    """Gives a new release to the idle side and leaves the live one as it is; the first release goes to both."""
    if discovered is None:
        return Pins(release, release, IDENTIFIERS[0])
    live = _known(discovered.live, release)
    # Deploying again what is live must not cost the way back: the idle side keeps the version before it.
    idle = _kept(discovered.idle, release) if live == release else release
    of = {discovered.live.identifier: live, discovered.idle.identifier: idle}
    return Pins(of[IDENTIFIERS[0]], of[IDENTIFIERS[1]], discovered.live.identifier)


def _known(live: Side, wanted: Release) -> Release:
    release = live.release
    # Where packages are not used at all, there is none to be missed.
    if release is None or (release.package is None and wanted.package is not None):
        missing = "Image" if release is None else "Package"
        raise Refused(
            f"{live.identifier} is live, but its target group carries no {missing} tag: {live.target_group}. "
            "What production runs is not guessed; write the tag, then release again."
        )
    return release


def _kept(idle: Side, release: Release) -> Release:
    if idle.release is None or (idle.release.package is None and release.package is not None):
        return release
    return idle.release
