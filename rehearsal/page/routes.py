"""What the page is made of, by path below the control endpoint."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from werkzeug.exceptions import BadRequest, Conflict
from werkzeug.wrappers import Response

from rehearsal.page.document import Document
from rehearsal.page.logs import lines
from rehearsal.page.orders import Orders
from rehearsal.page.snapshot import snapshot
from rehearsal.page.stages import targets

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from werkzeug.wrappers import Request

    from rehearsal.cloud import Cloud

# Several people may look at once; they share what was read within this time.
FRESH = 0.5


class Page:
    """The page of one cloud."""

    def __init__(self, cloud: Cloud, engine: str) -> None:
        """Show this cloud, whose containers run in that engine."""
        self._cloud = cloud
        self._engine = engine
        self._orders = Orders(cloud, self._forget)
        self._document = Document(self._orders.token)
        self._guard = threading.Lock()
        self._read_at = 0.0
        self._body, self._tag = b"", ""

    def routes(self) -> dict[tuple[str, str], Callable[[Request], Any]]:
        """Return who answers which path."""
        return {
            ("GET", ""): self._document.answer,
            ("GET", "page.json"): self._state,
            ("GET", "page/log"): self._log,
            ("GET", "page/targets"): self._targets,
            ("POST", "page/approval"): self._orders.approval,
            ("POST", "page/retry"): self._orders.retry,
            ("POST", "page/rollback"): self._orders.rollback,
        }

    def _state(self, request: Request) -> Response:
        body, tag = self._read()
        response = Response(body, content_type="application/json", headers={"Cache-Control": "no-cache"})
        response.set_etag(tag)
        return response.make_conditional(request)

    def _read(self) -> tuple[bytes, str]:
        with self._guard:
            if time.monotonic() - self._read_at > FRESH:
                self._body = _told(snapshot(self._cloud, self._engine)).encode()
                self._tag = hashlib.sha256(self._body).hexdigest()[:32]
                self._read_at = time.monotonic()
            return self._body, self._tag

    def _forget(self) -> None:
        # Whoever gave an order wants to see what came of it.
        with self._guard:
            self._read_at = 0.0

    def _log(self, request: Request) -> Response:
        return _asked(lambda: lines(self._cloud, _argument(request, "group")))

    def _targets(self, request: Request) -> Response:
        pipeline, stage = _argument(request, "pipeline"), _argument(request, "stage")
        return _asked(lambda: targets(self._cloud, pipeline, stage))


def _told(state: dict[str, Any]) -> str:
    return json.dumps(state, default=_written, sort_keys=True)


def _written(moment: datetime) -> str:
    return moment.isoformat()


def _argument(request: Request, name: str) -> str:
    if not (value := request.args.get(name)):
        raise BadRequest(f"'{name}' is missing.")
    return value


def _asked(question: Callable[[], dict[str, Any]]) -> Response:
    try:
        return Response(_told(question()), content_type="application/json")
    except ClientError as error:
        raise Conflict(error.response["Error"]["Message"]) from error
