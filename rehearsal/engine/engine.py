"""All parts of the engine, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.addresses import CONTAINERS, Addresses
from rehearsal.engine import references
from rehearsal.engine.cache import Cache
from rehearsal.engine.containers import Containers
from rehearsal.engine.events import Events
from rehearsal.engine.execs import Execs
from rehearsal.engine.images import Images
from rehearsal.engine.layers import Layers
from rehearsal.engine.networks import Networks
from rehearsal.engine.ports import Proxies
from rehearsal.engine.registryclient import ANONYMOUS
from rehearsal.engine.roots import Roots
from rehearsal.engine.steps import Workshop
from rehearsal.engine.transfer import Transfer

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.engine.images import Image
    from rehearsal.engine.registryclient import Credentials
    from rehearsal.warden.handle import Warden


class Engine:
    """An engine with its images and containers, below one folder."""

    def __init__(self, root: Path, warden: Warden) -> None:
        """Begin with the images that an earlier run left there; containers end with their engine."""
        self.warden = warden
        self.events = Events()
        self.layers = Layers(root / "layers")
        self.roots = Roots(root / "roots", self.layers)
        self.images = Images(root / "images", self.layers, self.roots)
        self.networks = Networks()
        self.containers = Containers(root / "containers", self.images, self.roots, self.networks)
        self.execs = Execs()
        self._cache = Cache(root / "steps.json")
        self._addresses = Addresses(CONTAINERS)
        self._proxies = Proxies()
        self.containers.furnish(warden, self.events, self._addresses, self._proxies)

    def transfer(self, credentials: Credentials = ANONYMOUS) -> Transfer:
        """Return what pushes and pulls."""
        return Transfer(self.images, self.layers, credentials)

    def workshop(self, credentials: Credentials = ANONYMOUS) -> Workshop:
        """Return what builds need."""

        def fetch(name: str) -> Image:
            return self.images.look_up(name) or self.transfer(credentials).fetch(references.parse(name))

        return Workshop(self.layers, self._cache, fetch)

    def stop(self) -> None:
        """End all containers."""
        self.containers.stop()
        self._proxies.stop()
        self._addresses.close()
