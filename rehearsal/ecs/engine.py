"""The container engine, through Docker's own SDK: the same calls whichever engine answers."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

import docker
from docker.errors import APIError, NotFound

from rehearsal.engine.choose import EngineGoneError, answering, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rehearsal.cloud import Cloud
    from rehearsal.ecs.records import Document

LABEL = "rehearsal.ecs"
CONNECTIONS = 64


class PullError(Exception):
    """An image is not to be had."""


class Engine:
    """The engine of one cloud; every call may raise `EngineGoneError`."""

    def __init__(self, cloud: Cloud) -> None:
        """Talk to the engine that the cloud uses, when there is something to say."""
        self._host = cloud.docker_host
        self._mark = cloud.warden.mark
        self._guard = threading.Lock()
        self._known: Any = None
        self._watching: Any = None
        cloud.warden.label(f"{LABEL}={self._mark}", self._host)

    @property
    def labels(self) -> dict[str, str]:
        """What marks a container as ours."""
        return {LABEL: self._mark}

    @property
    def _api(self) -> Any:
        with self._guard:
            if self._known is None:
                self._known = docker.APIClient(
                    base_url=self._host, version="auto", timeout=None, max_pool_size=CONNECTIONS
                )
            return self._known

    def pull(self, reference: str, credentials: dict[str, str] | None) -> None:
        """Get an image from its registry."""
        name, _, tag = reference.rpartition("@") if "@" in reference else _tagged(reference)
        with answering(self._host):
            try:
                told = self._api.pull(name, tag=tag, auth_config=credentials, stream=True, decode=True)
                problem = " ".join(str(each["error"]) for each in told if "error" in each)
            except APIError as error:
                problem = str(error.explanation or error)
        if problem:
            raise PullError(problem)

    def digest(self, reference: str) -> str | None:
        """Return the digest under which an image was got, nothing in it if it was made here; nothing if it is not."""
        with answering(self._host):
            try:
                found = self._api.inspect_image(reference)
            except NotFound:
                return None
        known = [str(each).rpartition("@")[2] for each in found.get("RepoDigests") or []]
        return known[0] if known else ""

    def create(self, name: str, wishes: Document) -> str:
        """Make a container and return its id."""
        wishes = {**wishes, "Labels": {**(wishes.get("Labels") or {}), **self.labels}}
        with answering(self._host):
            return str(self._api.create_container_from_config(wishes, name)["Id"])

    def start(self, container: str) -> None:
        """Start a container."""
        with answering(self._host):
            self._api.start(container)

    def stop(self, container: str, seconds: float) -> None:
        """Ask a container to end, and end it after so many seconds; one that has ended is fine."""
        with answering(self._host):
            try:
                self._api.stop(container, timeout=int(seconds))
            except NotFound:
                return

    def kill(self, container: str) -> None:
        """End a container without a warning; one that has ended is fine."""
        with answering(self._host):
            try:
                self._api.kill(container)
            except APIError as error:
                if error.status_code not in (404, 409):
                    raise

    def remove(self, container: str) -> None:
        """Remove a container, running or not; one that is gone is fine."""
        with answering(self._host):
            try:
                self._api.remove_container(container, v=True, force=True)
            except NotFound:
                return
            except APIError as error:
                # Somebody else is removing it at this moment.
                if error.status_code != 409:
                    raise

    def output(self, container: str) -> Iterator[bytes]:
        """Go through what a container writes, each piece after the moment when it was written, until it ends."""
        with answering(self._host):
            told = self._api.logs(container, stdout=True, stderr=True, stream=True, follow=True, timestamps=True)
            try:
                yield from told
            finally:
                _end(told)

    def state(self, container: str) -> Document | None:
        """Return the state of a container, if it is there."""
        with answering(self._host):
            try:
                return dict(self._api.inspect_container(container)["State"])
            except NotFound:
                return None

    def watch(self, connected: Callable[[], None], happened: Callable[[str, str, Document], None]) -> None:
        """Tell of every event of our containers with its name and attributes, until the engine or we end."""
        if ask(self._host).problem:
            raise EngineGoneError(self._host)
        wanted = {"label": [f"{LABEL}={self._mark}"], "type": ["container"], "event": ["die", "health_status"]}
        with answering(self._host):
            self._watching = self._api.events(filters=wanted, decode=True)
            try:
                connected()
                for event in self._watching:
                    happened(event["Actor"]["ID"], str(event["Action"]), event["Actor"]["Attributes"])
            finally:
                _end(self._watching)

    def close(self) -> None:
        """End the watch."""
        if self._watching is not None:
            _end(self._watching)

    def leave(self) -> None:
        """Talk to the engine no more."""
        with self._guard:
            if self._known is not None:
                self._known.close()


def _end(stream: Any) -> None:
    # The SDK trips over a stream that has come to its end by itself.
    with contextlib.suppress(AttributeError, OSError):
        stream.close()


def _tagged(reference: str) -> tuple[str, str, str]:
    name, colon, tag = reference.rpartition(":")
    return (name, colon, tag) if colon and "/" not in tag else (reference, ":", "latest")
