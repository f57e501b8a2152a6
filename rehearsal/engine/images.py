"""The images of this engine: their configurations on the disk, and the names that point to them."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.engine import references
from rehearsal.engine.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rehearsal.engine.layers import Layers
    from rehearsal.engine.references import Reference
    from rehearsal.engine.roots import Roots

HEX = frozenset("0123456789abcdef")


@dataclass
class Image:
    """An image: `raw` are the very bytes of its configuration, whose digest is its id."""

    id: str
    raw: bytes
    tags: set[str] = field(default_factory=set)
    digests: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read the configuration."""
        self.document: dict[str, Any] = json.loads(self.raw)

    @property
    def config(self) -> dict[str, Any]:
        """What a container gets from it."""
        return self.document.get("config") or {}

    @property
    def diff_ids(self) -> list[str]:
        """Its layers, the lowest first."""
        return list(self.document["rootfs"]["diff_ids"] or [])

    @property
    def created(self) -> str:
        """When it was made."""
        return str(self.document.get("created") or "1970-01-01T00:00:00Z")


class Images:
    """All images; safe for use by several threads."""

    def __init__(self, root: Path, layers: Layers, roots: Roots) -> None:
        """Read those that an earlier run left in this folder."""
        self._root = root
        self._layers = layers
        self._roots = roots
        self._names = root / "names.json"
        self._images: dict[str, Image] = {}
        self._under_way = 0
        self.guard = threading.RLock()
        root.mkdir(parents=True, exist_ok=True)
        self._load()

    def add(self, raw: bytes) -> Image:
        """Take an image whose layers are here."""
        with self.guard:
            identity = f"sha256:{hashlib.sha256(raw).hexdigest()}"
            if identity not in self._images:
                self._write(self._path(identity), raw)
                self._images[identity] = Image(identity, raw)
            return self._images[identity]

    @contextlib.contextmanager
    def making(self) -> Iterator[None]:
        """Keep layers that no image has yet, as long as somebody is making one of them."""
        with self.guard:
            self._under_way += 1
        try:
            yield
        finally:
            with self.guard:
                self._under_way -= 1
                self._sweep()

    def find(self, name: str) -> Image:
        """Return the image with this name, digest, id or beginning of an id."""
        image = self.look_up(name)
        if image is None:
            raise NotFoundError(f"No such image: {_with_tag(name)}")
        return image

    def look_up(self, name: str) -> Image | None:
        """Return the image if it is here."""
        with self.guard:
            return self._by_id(name) or self._by_name(name)

    def all(self) -> list[Image]:
        """Return all images, the newest first."""
        with self.guard:
            return sorted(self._images.values(), key=lambda image: image.created, reverse=True)

    def tag(self, image: Image, reference: Reference) -> None:
        """Let a name point to the image, and no longer to another one."""
        with self.guard:
            for other in self._images.values():
                other.tags.discard(reference.tagged)
            image.tags.add(reference.tagged)
            self._save()

    def pin(self, image: Image, reference: Reference) -> None:
        """Note the digest under which a registry has the image."""
        with self.guard:
            image.digests.add(reference.pinned)
            self._save()

    def remove(self, name: str, used_by: Callable[[str], str | None], *, force: bool) -> list[dict[str, str]]:
        """Take a name from an image and, if it was the last one, remove the image; return what was done."""
        with self.guard:
            image = self.find(name)
            by_id = self._by_id(name) is not None
            if by_id and len({references.parse(tag).name for tag in image.tags}) > 1 and not force:
                raise ConflictError(
                    f"conflict: unable to delete {image.id[7:19]} (must be forced) - "
                    "image is referenced in multiple repositories"
                )
            going = set(image.tags) if by_id else {references.parse(name).full}
            last = not (image.tags - going)
            user = used_by(image.id) if last else None
            if user and not force:
                raise ConflictError(
                    f"conflict: unable to remove repository reference {name!r} (must force) - "
                    f"container {user} is using its referenced image {image.id[7:19]}"
                )
            return self._take_away(image, going, is_last=last and not user)

    def _take_away(self, image: Image, going: set[str], *, is_last: bool) -> list[dict[str, str]]:
        image.tags -= going
        repositories = {references.parse(tag).name for tag in image.tags}
        pins = {pin for pin in image.digests if pin in going or pin.partition("@")[0] not in repositories}
        image.digests -= pins
        done = [{"Untagged": name} for name in sorted(going) + sorted(pins - going)]
        if is_last:
            done += self._delete(image)
        self._save()
        return done

    def _delete(self, image: Image) -> list[dict[str, str]]:
        del self._images[image.id]
        self._path(image.id).unlink()
        self._roots.forget(image.diff_ids)
        wanted = self._sweep()
        gone = [diff_id for diff_id in reversed(image.diff_ids) if diff_id not in wanted]
        return [{"Deleted": name} for name in [image.id, *gone]]

    def _sweep(self) -> set[str]:
        wanted = {diff_id for image in self._images.values() for diff_id in image.diff_ids}
        if not self._under_way:
            self._layers.keep_only(wanted)
        return wanted

    def _by_id(self, name: str) -> Image | None:
        start = name.removeprefix("sha256:")
        if name in self._images:
            return self._images[name]
        if not start or not set(start) <= HEX:
            return None
        found = [image for identity, image in self._images.items() if identity[7:].startswith(start)]
        # A name may look like an id: `cafe` is one of an image as well.
        return found[0] if len(found) == 1 and _with_tag(name) not in found[0].tags else None

    def _by_name(self, name: str) -> Image | None:
        if name.startswith("sha256:"):
            return None
        wanted = references.parse(name).full
        return next((image for image in self._images.values() if wanted in image.tags | image.digests), None)

    def _path(self, identity: str) -> Path:
        return self._root / f"{identity.removeprefix('sha256:')}.json"

    def _load(self) -> None:
        names = json.loads(self._names.read_text()) if self._names.exists() else {}
        for path in self._root.glob("?" * 64 + ".json"):
            image = Image(f"sha256:{path.stem}", path.read_bytes())
            if all(self._layers.has(diff_id) for diff_id in image.diff_ids):
                known = names.get(image.id, {})
                image.tags, image.digests = set(known.get("tags", ())), set(known.get("digests", ()))
                self._images[image.id] = image

    def _save(self) -> None:
        names = {
            image.id: {"tags": sorted(image.tags), "digests": sorted(image.digests)} for image in self._images.values()
        }
        self._write(self._names, json.dumps(names).encode())

    def _write(self, path: Path, content: bytes) -> None:
        # An engine that is killed half way must not leave half a file.
        new = path.with_suffix(".new")
        new.write_bytes(content)
        new.replace(path)


def _with_tag(name: str) -> str:
    return name if name.startswith("sha256:") or "@" in name else references.parse(name).tagged
