"""Networks, as far as they mean anything where all containers share this machine's loopback."""

from __future__ import annotations

import secrets
import threading
from typing import Any

from rehearsal.engine import clock
from rehearsal.engine.errors import BadRequestError, ConflictError, NotFoundError, UnsupportedError

BRIDGE = "bridge"
PREDEFINED = (BRIDGE, "host")
ALIASES = {"default": BRIDGE, "": BRIDGE}


class Networks:
    """Names that containers can be put under: they tell containers apart, and keep nobody from anybody."""

    def __init__(self) -> None:
        """Start with the predefined ones."""
        self._all: dict[str, dict[str, Any]] = {}
        self._guard = threading.Lock()
        for name in PREDEFINED:
            self._all[name] = _network(name, name, {})

    def create(self, body: dict[str, Any]) -> dict[str, Any]:
        """Make a network."""
        name, driver = body.get("Name") or "", body.get("Driver") or BRIDGE
        if not name:
            raise BadRequestError("network name cannot be empty")
        if driver != BRIDGE:
            raise UnsupportedError(f"the network driver {driver}")
        with self._guard:
            if name in self._all:
                raise ConflictError(f"network with name {name} already exists")
            self._all[name] = _network(name, driver, body.get("Labels") or {})
            return self._all[name]

    def find(self, name: str) -> dict[str, Any]:
        """Return a network by name or by id."""
        wanted = ALIASES.get(name, name)
        with self._guard:
            found = self._all.get(wanted) or next(
                (each for each in self._all.values() if len(wanted) > 3 and each["Id"].startswith(wanted)), None
            )
        if not found:
            raise NotFoundError(f"network {name} not found")
        return found

    def all(self) -> list[dict[str, Any]]:
        """Return all networks."""
        with self._guard:
            return list(self._all.values())

    def remove(self, name: str) -> None:
        """Remove a network."""
        found = self.find(name)
        if found["Name"] in PREDEFINED:
            raise BadRequestError(f"{found['Name']} is a pre-defined network and cannot be removed")
        with self._guard:
            self._all.pop(found["Name"], None)


def _network(name: str, driver: str, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "Name": name,
        "Id": secrets.token_hex(32),
        "Created": clock.stamp(),
        "Scope": "local",
        "Driver": driver,
        "EnableIPv6": False,
        "IPAM": {"Driver": "default", "Options": None, "Config": []},
        "Internal": False,
        "Attachable": False,
        "Ingress": False,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": False,
        "Containers": {},
        "Options": {},
        "Labels": labels,
    }
