"""Images: build, list, tag, remove, push, pull, load and save."""

from __future__ import annotations

import fnmatch
from http import HTTPStatus
from typing import TYPE_CHECKING

from rehearsal.engine import archives, builder, credentials, filters, references, views
from rehearsal.engine.context import Context
from rehearsal.engine.errors import BadRequestError, NotFoundError, UnsupportedError
from rehearsal.engine.request import Reply, Request, answer, done, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rehearsal.engine.engine import Engine
    from rehearsal.engine.images import Image


def build(engine: Engine, request: Request) -> Reply:
    """Build an image from a context that the client sends."""
    if request.text("version", "1") != "1":
        raise UnsupportedError("building with BuildKit (set DOCKER_BUILDKIT=0)")
    for option in ("remote", "squash", "outputs"):
        if request.flag(option):
            raise UnsupportedError(f"building with the option {option}")
    wish = builder.Wish(
        dockerfile=request.text("dockerfile") or "Dockerfile",
        tags=tuple(tag for tag in request.query.get("t", []) if tag),
        arguments=request.mapping("buildargs"),
        labels=request.mapping("labels"),
        target=request.text("target"),
        platform=request.text("platform"),
        no_cache=request.flag("nocache"),
        quiet=request.flag("q"),
    )
    context = Context(request.body, engine.layers)
    try:
        made = builder.Build(wish, context, engine.images, engine.workshop(credentials.for_any(request.headers)))
    except BaseException:
        context.close()
        raise
    return lines(made.run())


def list_all(engine: Engine, request: Request) -> Reply:
    """List the images."""
    wanted = filters.passing(engine.images.all(), request.filters(), FILTERS)
    return answer([views.image_row(image, engine.layers) for image in wanted])


def inspect(engine: Engine, request: Request) -> Reply:
    """Tell all about an image."""
    return answer(views.image(_find(engine, request.name), engine.layers))


def history(engine: Engine, request: Request) -> Reply:
    """Tell how an image was made."""
    return answer(views.history(_find(engine, request.name), engine.layers))


def tag(engine: Engine, request: Request) -> Reply:
    """Give an image another name."""
    image = engine.images.find(request.name)
    reference = references.parse(request.text("repo")).with_tag(request.text("tag"))
    if reference.digest:
        raise BadRequestError("refusing to create a tag with a digest reference")
    engine.images.tag(image, reference)
    engine.events.tell("image", "tag", image.id, name=reference.tagged)
    return done(HTTPStatus.CREATED)


def remove(engine: Engine, request: Request) -> Reply:
    """Take a name from an image, and remove the image with its last one."""
    gone = engine.images.remove(request.name, engine.containers.using, force=request.flag("force"))
    for each in gone:
        if "Deleted" in each:
            engine.events.tell("image", "delete", each["Deleted"])
    return answer(gone)


def push(engine: Engine, request: Request) -> Reply:
    """Push a tag of an image, or all of them."""
    reference = references.parse(request.name)
    transfer = engine.transfer(credentials.for_one(request.headers))
    wanted = request.text("tag") or reference.tag
    here = [tag for image in engine.images.all() for tag in image.tags if references.parse(tag).name == reference.name]
    tags = [references.parse(tag) for tag in here] if not wanted and here else [reference.with_tag(wanted)]
    return lines(message for each in tags for message in transfer.push(each))


def create(engine: Engine, request: Request) -> Reply:
    """Pull an image, or make one from files that the client sends."""
    if request.text("fromSrc"):
        return _import(engine, request)
    if not request.text("fromImage"):
        raise BadRequestError("fromImage or fromSrc is needed")
    reference = references.parse(request.text("fromImage")).with_tag(request.text("tag"))
    return lines(engine.transfer(credentials.for_one(request.headers)).pull(reference))


def load(engine: Engine, request: Request) -> Reply:
    """Take the images of an archive."""
    return lines(archives.load(request.body, engine.images, engine.layers))


def save(engine: Engine, request: Request) -> Reply:
    """Give an archive of one image or several."""
    names = request.query.get("names") or [request.name]
    wanted = [(_find(engine, name), _name(name)) for name in names]
    return Reply(content_type="application/x-tar", pieces=archives.save(wanted, engine.layers))


def _import(engine: Engine, request: Request) -> Reply:
    if request.text("fromSrc") != "-" or request.query.get("changes"):
        raise UnsupportedError("importing from an address, or with changes")
    image = archives.import_files(request.body, engine.images, engine.layers, request.text("message"))
    if request.text("repo"):
        engine.images.tag(image, references.parse(request.text("repo")).with_tag(request.text("tag")))
    messages: Iterator[dict[str, str]] = iter([{"status": image.id}])
    return lines(messages)


def _find(engine: Engine, name: str) -> Image:
    try:
        return engine.images.find(name)
    except NotFoundError as error:
        raise NotFoundError(f"no such image: {name}: {error}") from error


def _name(name: str) -> list[str]:
    return [] if name.startswith("sha256:") or "@" in name else [references.parse(name).tagged]


def _matches(image: Image, pattern: str) -> bool:
    names = [name for tagged in image.tags for name in (tagged, references.parse(tagged).name)]
    return any(_glob(name, pattern) for name in names)


def _glob(name: str, pattern: str) -> bool:
    """Match part by part, as Docker does: a star does not match a slash."""
    parts, patterns = name.split("/"), pattern.split("/")
    return len(parts) == len(patterns) and all(
        fnmatch.fnmatchcase(part, wanted) for part, wanted in zip(parts, patterns, strict=True)
    )


FILTERS: dict[str, Callable[[Image, str], bool]] = {
    "reference": _matches,
    "dangling": lambda image, value: bool(image.tags) != (value.lower() in ("true", "1")),
    "label": lambda image, value: filters.has_label(image.config.get("Labels") or {}, value),
}
