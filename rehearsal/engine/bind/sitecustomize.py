"""Read by Python inside a container: what would listen on every address listens on the container's own instead.

It runs in whatever Python the container has, so it needs no more than Python 3.8 and imports little.
"""

from __future__ import annotations

import importlib.machinery
import os
import socket
import sys

ADDRESS = os.environ.get("CONTAINER_ADDRESS", "")
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - this is what is replaced

_bind = socket.socket.bind
_getaddrinfo = socket.getaddrinfo


def _own_bind(self: socket.socket, address: object) -> None:
    if isinstance(address, tuple) and address[0] in EVERYWHERE:
        if self.family == socket.AF_INET:
            address = (ADDRESS, *address[1:])
        elif self.family == socket.AF_INET6:
            self.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            address = (f"::ffff:{ADDRESS}", *address[1:])
    _bind(self, address)  # type: ignore[arg-type]  # whatever the program gave


def _own_getaddrinfo(
    host: str | None,
    port: str | int | None,
    family: int = 0,
    type: int = 0,  # noqa: A002 - the real one's name
    proto: int = 0,
    flags: int = 0,
) -> object:
    # Whoever asks for every address would get one of each family, and both would become the same.
    if not host and flags & socket.AI_PASSIVE and family == socket.AF_UNSPEC:
        family = socket.AF_INET
    return _getaddrinfo(host, port, family, type, proto, flags)


def _run_the_hidden_one() -> None:
    """Run the sitecustomize that this one hides, if there is one."""
    here = os.path.dirname(__file__)  # noqa: PTH120 - pathlib would be imported for this alone
    path = [folder for folder in sys.path if folder != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", path)
    if spec and spec.origin:
        with open(spec.origin, "rb") as file:  # noqa: PTH123 - as above
            exec(compile(file.read(), spec.origin, "exec"), {"__name__": "sitecustomize", "__file__": spec.origin})  # noqa: S102 - what Python would have done


if ADDRESS:
    socket.socket.bind = _own_bind  # type: ignore[method-assign, assignment]  # the purpose
    socket.getaddrinfo = _own_getaddrinfo  # type: ignore[assignment]  # the purpose
_run_the_hidden_one()
