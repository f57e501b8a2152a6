"""A listener: a bound socket, the rules for what arrives there, and the connections that are open."""

import asyncio
import errno
import os
import socket
import ssl

from rehearsal.dataplane import snapshot
from rehearsal.dataplane.bound import Bound
from rehearsal.dataplane.client import Client
from rehearsal.dataplane.counters import BalancerCounters
from rehearsal.dataplane.routing import Table
from rehearsal.dataplane.tls import Tls

BACKLOG = 1024
CAUSES = {
    errno.EADDRINUSE: "another program uses it",
    errno.EACCES: "ports below 1024 need a privilege",
    errno.EADDRNOTAVAIL: "the machine has no such address",
}


class Listener:
    """One HTTP or HTTPS listener."""

    def __init__(self, scope: str, counters: BalancerCounters) -> None:
        """Belong to a scope and to the load balancer of these counters."""
        self.scope = scope
        self.counters = counters
        self.clients: set[Client] = set()
        self.open = False
        self.port = 0
        self.protocol = "http"
        self.forwarded = b""
        self.balancer: snapshot.Balancer
        self.settings: snapshot.Listener
        self.table: Table
        self._server: asyncio.Server | None = None
        self._tls: Tls | None = None

    def fits(self, balancer: snapshot.Balancer, settings: snapshot.Listener) -> bool:
        """Whether the socket that is open can serve these settings."""
        same_port = (balancer.host, settings.port) == (self.balancer.host, self.settings.port)
        return self.open and same_port and bool(settings.certificates) == bool(self._tls)

    def update(self, balancer: snapshot.Balancer, settings: snapshot.Listener, table: Table) -> None:
        """Treat the next request so."""
        if self._tls is not None and settings.certificates != self.settings.certificates:
            self._tls.replace(settings.certificates)
        self.balancer, self.settings, self.table = balancer, settings, table

    async def serve(self) -> Bound:
        """Bind the first port that can be had."""
        settings, host = self.settings, self.balancer.host
        try:
            self._tls = Tls(settings.certificates) if settings.certificates else None
        except ssl.SSLError as error:
            return Bound(settings.id, settings.port, host, error=f"the certificate cannot be used: {error}")
        notes: list[str] = []
        for port in (settings.port, *settings.fallbacks):
            try:
                bound = _bind(host, port)
            except OSError as error:
                notes.append(f"port {port} of {host}: {CAUSES.get(error.errno or 0, os.strerror(error.errno or 0))}")
                continue
            await self._listen(bound)
            return Bound(settings.id, settings.port, host, self.port, note="; ".join(notes))
        return Bound(settings.id, settings.port, host, error="; ".join(notes))

    def close(self) -> None:
        """Accept no more; connections end with what they have under way."""
        self.open = False
        if self._server is not None:
            self._server.close()
        for client in list(self.clients):
            if client.idle:
                client.close()

    async def _listen(self, bound: socket.socket) -> None:
        context = self._tls.context if self._tls else None
        self.protocol = "https" if self._tls else "http"
        self.port = bound.getsockname()[1]
        self.forwarded = b"X-Forwarded-Proto: %s\r\nX-Forwarded-Port: %d" % (self.protocol.encode(), self.port)
        self._server = await asyncio.get_running_loop().create_server(
            lambda: Client(self), sock=bound, ssl=context, backlog=BACKLOG
        )
        self.open = True


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        # With SO_REUSEADDR it is listening that makes a second claim to the port fail.
        bound.listen(BACKLOG)
        bound.setblocking(False)  # noqa: FBT003 - the only way to say it
    except OSError:
        bound.close()
        raise
    return bound


# The kinds of listener that can be built; one that passes TCP on will stand beside this one.
KINDS = {"http": Listener}
