"""A target: its health, the connections to it, and what it has under way."""

import asyncio
import ssl
from typing import TYPE_CHECKING

from rehearsal.dataplane.upstream import IDLE_LIMIT, Upstream

if TYPE_CHECKING:
    from rehearsal.dataplane.exchange import Exchange
    from rehearsal.dataplane.group import Group
    from rehearsal.dataplane.snapshot import Endpoint

CONNECT_LIMIT = 10.0


class Target:
    """One registered target of one group."""

    def __init__(self, group: "Group", endpoint: "Endpoint") -> None:
        """Belong to a group."""
        self.group = group
        self.endpoint = endpoint
        self.exchanges: set[Exchange] = set()
        self.draining: asyncio.TimerHandle | None = None
        self.warm_at = 0.0
        self._idle: list[Upstream] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._pruning: asyncio.TimerHandle | None = None

    def idle_connection(self, *, replayable: bool) -> Upstream | None:
        """Take an open connection on which a request may be sent."""
        while self._idle:
            upstream = self._idle[-1]
            if upstream.usable(replayable=replayable):
                return self._idle.pop()
            if not replayable:
                return None
            self._idle.pop().abort()
        return None

    def connect(self, exchange: "Exchange") -> None:
        """Open a connection for an exchange."""
        task = self._loop.create_task(self._connect(exchange))
        self._connecting.add(task)
        task.add_done_callback(self._connecting.discard)

    def keep(self, upstream: Upstream) -> None:
        """Keep a connection for the next request, unless there will be none."""
        if self.draining is not None:
            upstream.abort()
            return
        self._idle.append(upstream)
        if self._pruning is None:
            self._pruning = self._loop.call_later(IDLE_LIMIT, self._prune)

    def forget(self, upstream: Upstream) -> None:
        """Use a connection no more: it is gone."""
        if upstream in self._idle:
            self._idle.remove(upstream)

    def left(self, exchange: "Exchange") -> None:
        """Know that an exchange is over."""
        if exchange in self.exchanges:
            self.exchanges.remove(exchange)
            if self.draining is not None and not self.exchanges:
                self.group.drained(self)

    def drain(self, seconds: float) -> None:
        """Let what is under way finish, for so long."""
        self.draining = self._loop.call_later(seconds, self._cut)
        self._close_idle()
        if not self.exchanges:
            self.group.drained(self)

    def revive(self) -> None:
        """Serve again: the target was registered anew while it was draining."""
        if self.draining is not None:
            self.draining.cancel()
            self.draining = None

    def _cut(self) -> None:
        for exchange in list(self.exchanges):
            exchange.cut()
        self.group.removed(self)

    def _close_idle(self) -> None:
        while self._idle:
            self._idle.pop().abort()

    def _prune(self) -> None:
        oldest = self._loop.time() - IDLE_LIMIT + 1
        for upstream in [upstream for upstream in self._idle if upstream.idle_since < oldest]:
            self._idle.remove(upstream)
            upstream.abort()
        self._pruning = self._loop.call_later(IDLE_LIMIT, self._prune) if self._idle else None

    async def _connect(self, exchange: "Exchange") -> None:
        try:
            async with asyncio.timeout(CONNECT_LIMIT):
                upstream = await self._open()
        except TimeoutError:
            self._failed(exchange, 504)
        except (OSError, ssl.SSLError):
            self._failed(exchange, 502)
        else:
            if exchange.over:
                upstream.abort()
            else:
                exchange.carried(upstream)

    async def _open(self) -> Upstream:
        context = unverified() if self.group.settings.protocol == "HTTPS" else None
        endpoint = self.endpoint
        _, upstream = await self._loop.create_connection(
            lambda: Upstream(self), endpoint.address, endpoint.port, ssl=context
        )
        return upstream

    def _failed(self, exchange: "Exchange", status: int) -> None:
        if not exchange.over:
            exchange.fail(status)


def unverified() -> ssl.SSLContext:
    """Return what a load balancer uses with HTTPS targets: it encrypts, and believes any certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
