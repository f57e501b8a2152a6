"""Images as archives: `docker save`, `docker load`, and a folder of files made into an image."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tempfile
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

from rehearsal.engine import clock, references
from rehearsal.engine.errors import EngineError
from rehearsal.engine.layers import CHUNK
from rehearsal.engine.stage import ARCHITECTURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.engine.images import Image, Images
    from rehearsal.engine.layers import Layers

Message = dict[str, Any]
CONTENTS = "manifest.json"


def load(body: BinaryIO, images: Images, layers: Layers) -> Iterator[Message]:
    """Take the images of an archive."""
    try:
        with tempfile.TemporaryFile() as spooled, images.making():
            while piece := body.read(CHUNK):
                spooled.write(piece)
            spooled.seek(0)
            with tarfile.open(fileobj=spooled, mode="r:*") as archive:
                for described in json.loads(_file(archive, CONTENTS).read()):
                    yield from _load(archive, described, images, layers)
    except (EngineError, tarfile.TarError, KeyError, ValueError) as error:
        yield {"errorDetail": {"message": f"invalid archive: {error}"}, "error": f"invalid archive: {error}"}


def save(wanted: list[tuple[Image, list[str]]], layers: Layers) -> Iterator[bytes]:
    """Go through the bytes of an archive of these images, each under some of its names."""
    with tempfile.TemporaryFile() as spooled:
        with tarfile.open(fileobj=spooled, mode="w") as archive:
            described = [_save(archive, image, names, layers) for image, names in wanted]
            _put(archive, CONTENTS, json.dumps(described).encode())
        spooled.seek(0)
        while piece := spooled.read(CHUNK):
            yield piece


def import_files(body: BinaryIO, images: Images, layers: Layers, comment: str) -> Image:
    """Make an image of one layer: the files of an archive."""
    with images.making():
        diff_id = layers.add_tar(body)
        try:
            with tarfile.open(layers.tar(diff_id), "r:"):
                pass
        except tarfile.TarError as error:
            raise EngineError(f"Error processing tar file: {error}") from error
        now = clock.stamp()
        document = {
            "architecture": ARCHITECTURE,
            "config": {},
            "created": now,
            "history": [{"created": now, "comment": comment}],
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
        }
        return images.add(json.dumps(document, sort_keys=True).encode())


def _load(archive: tarfile.TarFile, described: dict[str, Any], images: Images, layers: Layers) -> Iterator[Message]:
    raw = _file(archive, described["Config"]).read()
    for name, diff_id in zip(described["Layers"], json.loads(raw)["rootfs"]["diff_ids"], strict=True):
        layers.add_plain_or_packed(cast("BinaryIO", _file(archive, name)), diff_id)
    image = images.add(raw)
    for tag in described.get("RepoTags") or []:
        images.tag(image, references.parse(tag))
        yield {"stream": f"Loaded image: {tag}\n"}
    if not described.get("RepoTags"):
        yield {"stream": f"Loaded image ID: {image.id}\n"}


def _save(archive: tarfile.TarFile, image: Image, names: list[str], layers: Layers) -> dict[str, Any]:
    config = f"{image.id[7:]}.json"
    _put(archive, config, image.raw)
    paths = []
    for diff_id in image.diff_ids:
        path = f"{hashlib.sha256(diff_id.encode()).hexdigest()}/layer.tar"
        if path not in archive.getnames():
            archive.add(layers.tar(diff_id), path)
        paths.append(path)
    return {"Config": config, "RepoTags": names or None, "Layers": paths}


def _put(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _file(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    content = archive.extractfile(name)
    if content is None:
        raise EngineError(f"{name} is not a file")
    return content
