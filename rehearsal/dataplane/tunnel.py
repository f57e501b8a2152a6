"""Two connections joined after an upgrade: bytes pass both ways until either side ends."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.dataplane.exchange import Exchange


class End(asyncio.Protocol):
    """One end of a tunnel."""

    other: "End"

    def __init__(self, exchange: "Exchange", transport: asyncio.Transport) -> None:
        """Take over a connection."""
        self.transport = transport
        self._exchange = exchange
        self._loop = asyncio.get_running_loop()

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        self._exchange.client.touched = self._loop.time()
        self.other.transport.write(data)

    def pause_writing(self) -> None:
        """Slow the other side down."""
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Let the other side go on."""
        if not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the other side as well."""
        del exc
        if not self.other.transport.is_closing():
            self.other.transport.close()
        if not self._exchange.over:
            self._exchange.complete(close=True)


def join(exchange: "Exchange", upstream: asyncio.Transport) -> None:
    """Make a tunnel of the exchange's two connections."""
    client = exchange.client
    near, far = End(exchange, client.transport), End(exchange, upstream)
    near.other, far.other = far, near
    upstream.set_protocol(far)
    exchange.upstream = None
    early = client.become_tunnel(near)
    if early:
        upstream.write(early)
