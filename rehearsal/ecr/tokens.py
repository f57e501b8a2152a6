"""The passwords with which engines come to the desk."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from rehearsal.iam.statements import Asked

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

USER = "AWS"
LIFETIME = timedelta(hours=12)


class Grant(NamedTuple):
    """A password that was given out, as the API tells it."""

    token: str
    expires: datetime


@dataclass(frozen=True)
class Badge:
    """Whom a password belongs to: an access key, and the region whose repositories are meant."""

    key: str
    region: str
    expires: datetime


class Tokens:
    """All passwords that were given out and are still good."""

    def __init__(self, cloud: Cloud) -> None:
        """Start with none."""
        self._cloud = cloud
        self._badges: dict[str, Badge] = {}
        self._guard = threading.Lock()

    def issue(self, key: str, region: str) -> Grant:
        """Give out a password for the owner of an access key."""
        password, now = secrets.token_urlsafe(48), datetime.now(UTC)
        with self._guard:
            self._badges = {word: badge for word, badge in self._badges.items() if badge.expires > now}
            self._badges[password] = Badge(key, region, now + LIFETIME)
        return Grant(base64.b64encode(f"{USER}:{password}".encode()).decode(), now + LIFETIME)

    def badge(self, authorization: str) -> Badge | None:
        """Return whose name and password these are, if they are good."""
        kind, _, encoded = authorization.partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        with self._guard:
            badge = self._badges.get(password)
        return badge if badge and user == USER and badge.expires > datetime.now(UTC) else None

    def denial(self, badge: Badge, action: str, repository: str) -> str | None:
        """Return why the owner may not do this with a repository; nothing if it may."""
        if self._cloud.gate is None:
            return None
        arn = f"arn:aws:ecr:{badge.region}:{self._cloud.account}:repository/{repository}"
        return self._cloud.gate.denial(badge.key, Asked(action, arn, {"aws:requestedregion": [badge.region]}))
