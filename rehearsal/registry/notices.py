"""What `docker-registry` tells of what was pushed to it: it calls an address of ours."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO

from rehearsal.loopback import Connection, Loopback

if TYPE_CHECKING:
    from collections.abc import Callable


class Notices(Loopback):
    """Listens on a free port of loopback, and passes on each tag that was pushed."""

    def __init__(self, pushed: Callable[[str, str, str], None]) -> None:
        """Listen."""
        self.pushed = pushed
        super().__init__(Handler, "registry-notices")
        self.address = f"http://{self.host}/"


class Handler(Connection):
    """One call of the registry, with one or more events."""

    server: Notices

    def serve(self, body: BinaryIO) -> None:
        """Pass on the tags among the events."""
        events = json.loads(body.read()).get("events") or []
        for event in events:
            target = event.get("target") or {}
            if event.get("action") == "push" and target.get("tag"):
                self.server.pushed(target["repository"], target["tag"], target["digest"])
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", "0")
        self.end_headers()
