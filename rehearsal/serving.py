"""The server of all services, with the gate and the control endpoint before it."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from rehearsal.control import Control
from rehearsal.front import Front, Handler
from rehearsal.iam import seam
from rehearsal.iam.gate import Gate

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from rehearsal.cloud import Cloud


@contextlib.contextmanager
def guarded(cloud: Cloud) -> Iterator[None]:
    """Let permissions count, unless the cloud does without."""
    seam.install()
    if cloud.enforce_iam:
        cloud.gate = Gate(cloud)
    try:
        yield
    finally:
        seam.remove()


@contextlib.contextmanager
def serving(cloud: Cloud, engine: str, listening: socket.socket) -> Iterator[None]:
    """Serve on a socket that listens; containers run in that kind of engine."""
    services = DomainDispatcherApplication(create_backend_app)
    front = Front(cloud, services, Control(cloud, engine))
    host, port = listening.getsockname()
    http = make_server(host, port, front, threaded=True, request_handler=Handler, fd=listening.fileno())
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, name="http", daemon=True)
    thread.start()
    try:
        yield
    finally:
        http.shutdown()
        thread.join()
        http.server_close()
        # Its own copy of the socket is closed; were ours left open, whoever still calls would wait in vain.
        listening.close()
