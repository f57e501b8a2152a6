"""What the rehearsal itself can be asked and told, below `/_rehearsal/`."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, MethodNotAllowed, NotFound
from werkzeug.wrappers import Request, Response

from rehearsal.faults.orders import Orders
from rehearsal.page.routes import Page
from rehearsal.sources import pushes
from rehearsal.sources.repositories import Repositories, RepositoryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from rehearsal.cloud import Cloud

LOG = logging.getLogger("rehearsal.control")
PATH = "/_rehearsal"


class Control:
    """A small JSON API; pages of other origins may not use it."""

    def __init__(self, cloud: Cloud, engine: str) -> None:
        """Speak for this cloud, whose containers run in that engine."""
        self._cloud = cloud
        self._engine = engine
        orders = Orders(cloud)
        self._routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("GET", "status"): self._status,
            ("GET", "repositories"): self._repositories,
            ("POST", "repositories"): self._new_repository,
            ("POST", "pushed"): self._pushed,
            ("GET", "audit"): self._audit,
            ("DELETE", "audit"): self._clear_audit,
            ("GET", "faults"): lambda _: orders.listed(),
            ("POST", "faults"): lambda request: orders.order(_told(request)),
            ("DELETE", "faults"): lambda request: orders.clear(request.args.get("id", "")),
            **Page(cloud, engine).routes(),
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer a request."""
        request = Request(environ)
        try:
            status, told = 200, self._answer(request)
        except HTTPException as error:
            status, told = error.code or 500, {"error": error.description}
        except Exception as error:
            LOG.exception("%s failed", request.path)
            status, told = 500, {"error": f"{request.path} failed: {type(error).__name__}: {error}"}
        if not isinstance(told, Response):
            told = Response(json.dumps(told), status, content_type="application/json")
        return told(environ, start_response)

    def _answer(self, request: Request) -> Any:
        if not _local(request.host):
            # A name that somebody else points at this machine would make their page one of ours.
            raise Forbidden(f"{request.host} is no name of this machine: use localhost or an address.")
        origin = request.headers.get("Origin")
        if origin and origin != f"http://{request.host}":
            raise Forbidden(f"Pages of {origin} may not use this server.")
        name = request.path.removeprefix(PATH).strip("/")
        route = self._routes.get((request.method, name))
        if route:
            return route(request)
        methods = [method for method, path in self._routes if path == name]
        if methods:
            raise MethodNotAllowed(methods, f"{PATH}/{name} takes {' and '.join(methods)}.")
        known = ", ".join(sorted({path for _, path in self._routes if path}))
        raise NotFound(f"There is no {PATH}/{name}; there are {known}.")

    def _status(self, request: Request) -> dict[str, Any]:
        del request
        cloud = self._cloud
        return {
            "endpoint": cloud.endpoint,
            "region": cloud.region,
            "account": cloud.account,
            "engine": self._engine,
            "docker_host": cloud.docker_host,
            "registry": cloud.registry,
            "permissions": cloud.enforce_iam,
            "listeners": [asdict(bound) for bound in cloud.dataplane.listeners()],
            "repositories": self._paths(),
            "incidents": list(cloud.dataplane.incidents),
            "failures": [f"{type(error).__name__}: {error}" for error in cloud.workers.failures],
        }

    def _repositories(self, request: Request) -> dict[str, str]:
        del request
        return self._paths()

    def _new_repository(self, request: Request) -> dict[str, str]:
        given = _told(request)
        try:
            path = Repositories(self._cloud.state).create(_text(given, "name"), str(given.get("branch", "main")))
        except RepositoryError as error:
            raise BadRequest(str(error)) from error
        return {"path": str(path)}

    def _pushed(self, request: Request) -> dict[str, str]:
        given = _told(request)
        try:
            pushes.pushed(self._cloud, given)
        except KeyError as error:
            raise BadRequest(f"The message about a push lacks {error}.") from error
        return {}

    def _audit(self, request: Request) -> list[dict[str, Any]]:
        if self._cloud.gate is None:
            raise NotFound("Permissions are not checked, so there is no audit trail.")
        return self._cloud.gate.audit.report(request.args.get("who", ""), denied="denied" in request.args)

    def _clear_audit(self, request: Request) -> dict[str, str]:
        del request
        if self._cloud.gate is not None:
            self._cloud.gate.audit.clear()
        return {}

    def _paths(self) -> dict[str, str]:
        repositories = Repositories(self._cloud.state)
        return {name: str(repositories.path(name)) for name in repositories.names()}


def _local(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    return True


def _told(request: Request) -> dict[str, Any]:
    # A form of another site can be sent without asking the browser's user, JSON cannot.
    if request.mimetype != "application/json":
        raise BadRequest("Send JSON, with Content-Type: application/json.")
    try:
        told = json.loads(request.get_data())
    except ValueError as error:
        raise BadRequest(f"This is no JSON: {error}.") from error
    if not isinstance(told, dict):
        raise BadRequest("Send a JSON object.")
    return told


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"'{name}' is missing.")
    return value
