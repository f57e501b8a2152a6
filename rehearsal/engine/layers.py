"""Layers on the disk: each a tar file under the digest of its contents, and compressed once it has travelled."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import secrets
import shutil
import tarfile
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple, cast

from rehearsal.engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

CHUNK = 1 << 18
# Between machines of one kind the network is loopback: packing hard would cost more than it saves.
COMPRESSION = 1


class Blob(NamedTuple):
    """A file as it travels to a registry."""

    path: Path
    digest: str
    size: int


class Hashing(io.RawIOBase):
    """A file that is hashed while it is written."""

    def __init__(self, target: BinaryIO) -> None:
        """Write to the target."""
        self._target = target
        self._sum = hashlib.sha256()

    @property
    def digest(self) -> str:
        """The digest of what was written so far."""
        return f"sha256:{self._sum.hexdigest()}"

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # any buffer will do
        """Write and hash."""
        self._sum.update(data)
        return self._target.write(data)


class LayerWriter:
    """A layer in the making; nothing is left of it unless `keep` is called."""

    def __init__(self, layers: Layers) -> None:
        """Open a new file."""
        self._layers = layers
        self._path = layers.scratch()
        self._file = self._path.open("wb")
        self._hashing = Hashing(self._file)
        self._tar = tarfile.open(fileobj=cast("IO[bytes]", self._hashing), mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - closed on exit
        self.names: set[str] = set()

    def add(self, entry: tarfile.TarInfo, content: IO[bytes] | None = None) -> None:
        """Append an entry, owned by root as everything in an image is."""
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        self._tar.addfile(entry, content)
        self.names.add(entry.name)

    def keep(self) -> str:
        """Finish the layer and return its digest."""
        self._tar.close()
        self._file.close()
        diff_id = self._hashing.digest
        self._path.replace(self._layers.tar(diff_id))
        return diff_id

    def __enter__(self) -> LayerWriter:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Throw away what was not kept."""
        if not self._file.closed:
            self._tar.close()
            self._file.close()
        self._path.unlink(missing_ok=True)


class Layers:
    """All layers of all images."""

    def __init__(self, root: Path) -> None:
        """Keep them in this folder."""
        self._root = root
        root.mkdir(parents=True, exist_ok=True)
        for half in root.glob("new-*"):
            half.unlink()

    def scratch(self) -> Path:
        """Return a path beside the layers for a file in the making."""
        return self._root / f"new-{secrets.token_hex(8)}"

    def tar(self, diff_id: str) -> Path:
        """Return where a layer is, or would be."""
        return self._root / f"{diff_id.removeprefix('sha256:')}.tar"

    def has(self, diff_id: str) -> bool:
        """Say whether the layer is here."""
        return self.tar(diff_id).exists()

    def size(self, diff_id: str) -> int:
        """Return how much is in a layer."""
        return self.tar(diff_id).stat().st_size

    def writer(self) -> LayerWriter:
        """Begin a new layer."""
        return LayerWriter(self)

    def blob(self, diff_id: str) -> Blob:
        """Return the layer as registries have it, packing it the first time."""
        note = self._note(diff_id)
        if not note.exists():
            packed = self.scratch()
            with packed.open("wb") as target, self.tar(diff_id).open("rb") as source:
                hashing = Hashing(target)
                with gzip.GzipFile(
                    filename="", mode="wb", compresslevel=COMPRESSION, fileobj=cast("IO[bytes]", hashing), mtime=0
                ) as packing:
                    shutil.copyfileobj(source, packing, CHUNK)
            self._keep_packed(packed, diff_id, hashing.digest)
        known = json.loads(note.read_text())
        return Blob(self._packed(diff_id), known["digest"], known["size"])

    def add_packed(self, pieces: Iterator[bytes], digest: str, diff_id: str) -> None:
        """Take a layer as a registry has it, and refuse it if it is not what its digests promise."""
        packed = self.scratch()
        try:
            with packed.open("wb") as target:
                hashing = Hashing(target)
                for piece in pieces:
                    hashing.write(piece)
            _require(hashing.digest, digest)
            with opened(packed) as source:
                self.add_tar(source, diff_id)
            self._keep_packed(packed, diff_id, digest)
        finally:
            packed.unlink(missing_ok=True)

    def add_tar(self, source: BinaryIO, diff_id: str | None = None) -> str:
        """Take a layer that is not packed, and return its digest."""
        plain = self.scratch()
        try:
            with plain.open("wb") as target:
                hashing = Hashing(target)
                shutil.copyfileobj(source, cast("BinaryIO", hashing), CHUNK)
            _require(hashing.digest, diff_id or hashing.digest)
            plain.replace(self.tar(hashing.digest))
        finally:
            plain.unlink(missing_ok=True)
        return hashing.digest

    def add_plain_or_packed(self, source: BinaryIO, diff_id: str) -> None:
        """Take a layer from an archive, where it may be packed."""
        raw = self.scratch()
        try:
            with raw.open("wb") as target:
                shutil.copyfileobj(source, target, CHUNK)
            with opened(raw) as plain:
                self.add_tar(plain, diff_id)
        finally:
            raw.unlink(missing_ok=True)

    def keep_only(self, wanted: set[str]) -> None:
        """Remove all layers but these."""
        names = {diff_id.removeprefix("sha256:") for diff_id in wanted}
        for path in self._root.iterdir():
            if not path.name.startswith("new-") and path.name.partition(".")[0] not in names:
                path.unlink()

    def _note(self, diff_id: str) -> Path:
        return self.tar(diff_id).with_suffix(".json")

    def _packed(self, diff_id: str) -> Path:
        return self.tar(diff_id).with_suffix(".gz")

    def _keep_packed(self, packed: Path, diff_id: str, digest: str) -> None:
        size = packed.stat().st_size
        packed.replace(self._packed(diff_id))
        new = self.scratch()
        new.write_text(json.dumps({"digest": digest, "size": size}))
        new.replace(self._note(diff_id))


def opened(path: Path) -> BinaryIO:
    """Open a file that may be packed with gzip, as a client's or a registry's layer may be."""
    with path.open("rb") as probe:
        magic = probe.read(4)
    if magic == b"\x28\xb5\x2f\xfd":
        raise EngineError("layers packed with zstd need a Docker engine: the embedded one reads gzip and plain tar")
    return cast("BinaryIO", gzip.open(path, "rb")) if magic[:2] == b"\x1f\x8b" else path.open("rb")


def _require(found: str, promised: str) -> None:
    if found != promised:
        raise EngineError(f"filesystem layer verification failed for digest {promised}: it holds {found}")
