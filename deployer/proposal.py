"""What a release would change, told to the log, to the approver and to the pipeline's later actions."""

import re
from typing import NamedTuple

from traffic.discovery import Discovered
from traffic.pins import Pins
from traffic.sides import IDENTIFIERS, Release

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
LONGEST_NAME = 60


class Proposal(NamedTuple):
    """A release, what was found before it, and what each side is to run after it."""

    found: Discovered | None
    release: Release
    pins: Pins

    @property
    def live(self) -> str:
        """The side that serves production while the release waits for its approval."""
        return self.pins.live

    @property
    def candidate(self) -> str:
        """The side that serves production once the release is approved."""
        if self.runs(self.live) == self.release:
            return self.live
        return next(side for side in IDENTIFIERS if side != self.live)

    def runs(self, identifier: str) -> Release:
        """What a side is to run."""
        return self.pins.code1 if identifier == IDENTIFIERS[0] else self.pins.code2

    @property
    def lines(self) -> list[str]:
        """What was decided, for the log."""
        decided = [f"{side} is to run {self.runs(side)}." for side in IDENTIFIERS]
        return [*decided, self.summary]

    @property
    def summary(self) -> str:
        """What approving means, in one line of plain characters."""
        new, old = short(self.release.image), short(self.runs(self.live).image)
        if self.found is None:
            return f"First release: {new} starts on both sides, {self.live} is live. Approving changes nothing."
        if self.candidate == self.live:
            return f"{new} is already live on {self.live}. Approving changes nothing."
        if self.release.image == self.runs(self.live).image:
            package = short(self.release.package or "none")
            new = f"the same image with other settings (package {package})"
        return f"Live: {old} on {self.live}. Approving makes {new} on {self.candidate} live."

    @property
    def variables(self) -> dict[str, str]:
        """What later actions refer to."""
        return {
            "LIVE": self.live,
            "LIVE_IMAGE": self.runs(self.live).image,
            "CANDIDATE": self.candidate,
            "CANDIDATE_IMAGE": self.release.image,
            "PACKAGE": self.release.package or "",
            "SUMMARY": self.summary,
        }


def short(name: str) -> str:
    """Shorten a commit or a hash as people do, and anything else only when it is very long."""
    plain = " ".join(name.encode("ascii", "replace").decode().split())
    if COMMIT.fullmatch(plain):
        return plain[:12]
    # The end is what tells long names apart.
    return plain if len(plain) <= LONGEST_NAME else f"{plain[:40]}...{plain[-17:]}"
