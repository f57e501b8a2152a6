"""Two programs that want the same port: who has it, and what can be done about it."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from pathlib import Path
from typing import NamedTuple

LISTENING = "0A"
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ADVICE = (
    "containers of the embedded engine share this machine's ports, each on an address of its own: let the program "
    "listen on $HOST instead of on every address, or start a Docker engine"
)


class Holder(NamedTuple):
    """A process that listens on a port."""

    pid: int
    everywhere: bool


def is_taken(address: str, port: int) -> bool:
    """Say whether a program that listens on this address and port could not be started now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def holders(port: int) -> list[Holder]:
    """Return who listens on a port of this machine, as far as /proc tells."""
    sockets = {}
    for table in TABLES:
        with contextlib.suppress(OSError):
            for row in table.read_text().splitlines()[1:]:
                _, local, _, state, *rest = row.split()
                address, _, number = local.partition(":")
                if state == LISTENING and int(number, 16) == port:
                    sockets[f"socket:[{rest[5]}]"] = not address.strip("0")
    return [Holder(pid, sockets[link]) for pid, link in _open_sockets(set(sockets))] if sockets else []


def _open_sockets(wanted: set[str]) -> list[tuple[int, str]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*/fd"):
        # Processes come and go, and some are not ours to look into.
        with contextlib.suppress(OSError):
            for descriptor in os.scandir(folder):
                link = os.readlink(descriptor.path)  # noqa: PTH115 - thousands of them
                if link in wanted:
                    found.append((int(folder.parent.name), link))
    return found
