"""All containers of this engine, by id and by name."""

from __future__ import annotations

import re
import secrets
import shutil
import threading
from typing import TYPE_CHECKING, Any

from rehearsal.engine import filters, settings
from rehearsal.engine.container import Container, House
from rehearsal.engine.errors import BadRequestError, ConflictError, NotFoundError, NotModifiedError
from rehearsal.engine.lodging import Landlord
from rehearsal.warden import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rehearsal.addresses import Addresses
    from rehearsal.engine.events import Events
    from rehearsal.engine.images import Images
    from rehearsal.engine.networks import Networks
    from rehearsal.engine.ports import Proxies
    from rehearsal.engine.roots import Roots
    from rehearsal.warden.handle import Warden

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+\Z")


class Containers:
    """All containers; safe for use by several threads."""

    def __init__(self, root: Path, images: Images, roots: Roots, networks: Networks) -> None:
        """Keep their files in this folder; those of an engine that was killed are removed."""
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        self._root = root
        self._images = images
        self._roots = roots
        self._networks = networks
        self._all: dict[str, Container] = {}
        self._guard = threading.RLock()

    def furnish(self, warden: Warden, events: Events, addresses: Addresses, proxies: Proxies) -> None:
        """Take what containers need to run."""
        landlord = Landlord(addresses, proxies, self._owner)
        self._house = House(warden, events, landlord, self._address_of, self._ended)

    def create(self, body: dict[str, Any], name: str) -> Container:
        """Make a container."""
        image = self._images.find(body.get("Image") or "")
        wishes = settings.config_of(body, image), settings.host_of(body)
        self._check_network(wishes[1]["NetworkMode"])
        identity = secrets.token_hex(32)
        with self._guard:
            container = Container(identity, self._free_name(name, identity), image, wishes, self._house)
            self._all[identity] = container
        try:
            container.settle(self._root / identity, self._roots.unpacked(image.diff_ids))
        except BaseException:
            del self._all[identity]
            raise
        container.tell("create")
        return container

    def find(self, name: str) -> Container:
        """Return the container with this id, name or beginning of an id."""
        with self._guard:
            wanted = name.removeprefix("/")
            found = [each for each in self._all.values() if wanted in (each.name, each.id)]
            found = found or [each for each in self._all.values() if wanted and each.id.startswith(wanted)]
        if not found:
            raise NotFoundError(f"No such container: {name}")
        if len(found) > 1:
            raise BadRequestError(f"multiple IDs found with provided prefix: {name}")
        return found[0]

    def all(self) -> list[Container]:
        """Return all containers, the newest first."""
        with self._guard:
            return sorted(self._all.values(), key=lambda each: each.created, reverse=True)

    def rename(self, container: Container, name: str) -> None:
        """Give a container another name."""
        with self._guard:
            container.name = self._free_name(name, container.id)
        container.tell("rename")

    def remove(self, container: Container, *, force: bool) -> None:
        """Remove a container."""
        container.remove(force=force)
        with self._guard:
            self._all.pop(container.id, None)

    def using(self, image: str) -> str | None:
        """Return a container that was made from the image, a running one if there is one."""
        users = sorted((each for each in self.all() if each.image.id == image), key=lambda each: not each.is_running)
        return users[0].short_id if users else None

    def stop(self) -> None:
        """End and remove all."""
        for container in self.all():
            self.remove(container, force=True)

    def _ended(self, container: Container) -> None:
        if container.host["AutoRemove"]:
            self.remove(container, force=True)

    def _free_name(self, wished: str, identity: str) -> str:
        name = wished.removeprefix("/") or f"container_{identity[:12]}"
        if not NAME.match(name):
            raise BadRequestError(f"Invalid container name ({wished}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        holder = next((each for each in self._all.values() if each.name == name), None)
        if holder:
            raise ConflictError(
                f'Conflict. The container name "/{name}" is already in use by container "{holder.id}". '
                "You have to remove (or rename) that container to be able to reuse that name."
            )
        return name

    def _check_network(self, mode: str) -> None:
        if mode.startswith("container:"):
            self.find(mode.removeprefix("container:"))
        elif mode != "host":
            self._networks.find(mode)

    def _address_of(self, name: str) -> str:
        container = self.find(name)
        if not container.lodging:
            raise ConflictError(f"cannot join network of a non running container: {container.id}")
        return container.lodging.address

    def _owner(self, pid: int) -> str:
        process = processes.look_up(pid)
        for container in self.all():
            if process and container.program and container.program.pid == process.group:
                return f"container {container.name} ({container.short_id})"
        return f"process {pid}"


def selected(containers: list[Container], wanted: dict[str, list[str]], *, stopped: bool) -> list[Container]:
    """Return the containers that pass all filters; without one on the status, only running ones unless asked for."""
    everyone = stopped or "status" in wanted or "exited" in wanted
    return filters.passing([each for each in containers if everyone or each.is_running], wanted, FILTERS)


def end_quietly(container: Container, seconds: float | None) -> None:
    """Stop a container that may have stopped."""
    try:
        container.stop(seconds)
    except NotModifiedError:
        return


FILTERS: dict[str, Callable[[Container, str], bool]] = {
    "id": lambda container, value: container.id.startswith(value),
    "name": lambda container, value: bool(re.search(value.removeprefix("^/"), container.name)),
    "label": lambda container, value: filters.has_label(container.config["Labels"], value),
    "status": lambda container, value: container.status == value,
    "exited": lambda container, value: container.status == "exited" and str(container.exit_code) == value,
    "ancestor": lambda container, value: (
        value in {container.config["Image"], container.image.id} or container.image.id.startswith(f"sha256:{value}")
    ),
    "network": lambda container, value: (
        container.host["NetworkMode"] in {value, "default" if value == "bridge" else ""}
    ),
    "health": lambda container, value: (container.health.status if container.health else "none") == value,
}
