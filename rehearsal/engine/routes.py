"""Which function answers which request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rehearsal.engine.api import containers, images, networks, system
from rehearsal.engine.errors import NotFoundError, UnsupportedError, WrongMethodError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.engine.engine import Engine
    from rehearsal.engine.request import Reply, Request

    Answer = Callable[[Engine, Request], Reply]

# A name may hold slashes where it is an image's.
NAME = {"{name}": r"(?P<name>[^/]+)", "{image}": r"(?P<name>.+)"}


class Route(NamedTuple):
    """One endpoint."""

    method: str
    pattern: re.Pattern[str]
    answer: Answer


def _route(method: str, path: str, answer: Answer) -> Route:
    for word, pattern in NAME.items():
        path = path.replace(word, pattern)
    return Route(method, re.compile(f"{path}\\Z"), answer)


ROUTES = [
    _route("GET", "/_ping", system.ping),
    _route("HEAD", "/_ping", system.ping),
    _route("GET", "/version", system.version),
    _route("GET", "/info", system.info),
    _route("GET", "/events", system.events),
    _route("POST", "/auth", system.log_in),
    _route("GET", "/distribution/{image}/json", system.distribution),
    _route("POST", "/build", images.build),
    _route("GET", "/images/json", images.list_all),
    _route("POST", "/images/create", images.create),
    _route("POST", "/images/load", images.load),
    _route("GET", "/images/get", images.save),
    _route("GET", "/images/{image}/get", images.save),
    _route("GET", "/images/{image}/json", images.inspect),
    _route("GET", "/images/{image}/history", images.history),
    _route("POST", "/images/{image}/push", images.push),
    _route("POST", "/images/{image}/tag", images.tag),
    _route("DELETE", "/images/{image}", images.remove),
    _route("POST", "/containers/create", containers.create),
    _route("POST", "/containers/prune", containers.prune),
    _route("GET", "/containers/json", containers.list_all),
    _route("GET", "/containers/{name}/json", containers.inspect),
    _route("GET", "/containers/{name}/logs", containers.logs),
    _route("POST", "/containers/{name}/start", containers.start),
    _route("POST", "/containers/{name}/stop", containers.stop),
    _route("POST", "/containers/{name}/restart", containers.restart),
    _route("POST", "/containers/{name}/kill", containers.kill),
    _route("POST", "/containers/{name}/wait", containers.wait),
    _route("POST", "/containers/{name}/rename", containers.rename),
    _route("POST", "/containers/{name}/attach", containers.attach),
    _route("POST", "/containers/{name}/exec", containers.create_exec),
    _route("DELETE", "/containers/{name}", containers.remove),
    _route("POST", "/exec/{name}/start", containers.start_exec),
    _route("GET", "/exec/{name}/json", containers.inspect_exec),
    _route("GET", "/networks", networks.list_all),
    _route("POST", "/networks/create", networks.create),
    _route("GET", "/networks/{name}", networks.inspect),
    _route("DELETE", "/networks/{name}", networks.remove),
]
# Docker has these, and we do not: they are refused by name instead of not being found.
KNOWN = re.compile(
    r"/(build/prune|commit|configs|containers/[^/]+/(archive|attach/ws|changes|export|pause|resize|stats|top|unpause|update)"
    r"|exec/[^/]+/resize|images/(prune|search)|networks/(prune|[^/]+/(dis)?connect)|nodes|plugins|secrets|services"
    r"|swarm|system/df|tasks|volumes)\b"
)

BUILDKIT = ("/session", "/grpc")


def find(engine: Engine, request: Request) -> Reply:
    """Answer a request."""
    known = False
    for route in ROUTES:
        found = route.pattern.match(request.path)
        if found and route.method == request.method:
            request.names = found.groupdict()
            return route.answer(engine, request)
        known = known or found is not None
    if request.path in BUILDKIT:
        raise UnsupportedError("building with BuildKit (set DOCKER_BUILDKIT=0)")
    if KNOWN.match(request.path):
        raise UnsupportedError(f"{request.method} {request.path}")
    if known:
        raise WrongMethodError(f"{request.method} is not allowed for {request.path}")
    raise NotFoundError("page not found")
