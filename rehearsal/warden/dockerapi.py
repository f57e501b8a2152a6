"""Just enough of HTTP to ask a Docker engine something with the standard library alone."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import quote, urlsplit


class EngineError(Exception):
    """The engine refused, or was not understood."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout: float) -> None:
        """Remember the socket; connect when asked to."""
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket instead of to a host."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise


def connection(docker_host: str, timeout: float) -> http.client.HTTPConnection:
    """Return a connection to a `DOCKER_HOST`."""
    parts = urlsplit(docker_host)
    if parts.scheme == "unix":
        return UnixConnection(parts.path, timeout)
    if parts.scheme in ("tcp", "http") and parts.hostname:
        return http.client.HTTPConnection(parts.hostname, parts.port or 2375, timeout=timeout)
    raise EngineError(f"{docker_host} is not an address of a Docker engine; unix:///PATH and tcp://HOST:PORT are")


def call(docker_host: str, method: str, path: str, timeout: float = 10) -> tuple[int, Any]:
    """Make one call and return its status and what was answered."""
    line = connection(docker_host, timeout)
    try:
        line.request(method, path)
        answer = line.getresponse()
        body = answer.read()
        is_json = answer.getheader("Content-Type", "").startswith("application/json")
        return answer.status, json.loads(body) if body and is_json else body
    except (http.client.HTTPException, ValueError) as error:
        raise EngineError(f"what answers on {docker_host} is no Docker engine: {error}") from error
    finally:
        line.close()


def labelled(docker_host: str, label: str) -> list[str]:
    """Return the ids of all containers with the label."""
    filters = quote(json.dumps({"label": [label]}))
    status, answer = call(docker_host, "GET", f"/containers/json?all=1&filters={filters}")
    if status != http.client.OK:
        raise EngineError(f"the engine on {docker_host} does not list its containers: {answer}")
    return [container["Id"] for container in answer]


def remove(docker_host: str, container: str) -> None:
    """Remove a container with its volumes, running or not; one that is already gone is fine."""
    status, answer = call(docker_host, "DELETE", f"/containers/{quote(container)}?force=1&v=1")
    # 409: somebody else is removing it at this moment.
    if status not in (http.client.NO_CONTENT, http.client.NOT_FOUND, http.client.CONFLICT):
        raise EngineError(f"container {container} on {docker_host}: {answer}")
