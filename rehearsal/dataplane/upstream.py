"""A connection to a target: kept open between requests, used by one at a time."""

import asyncio
import select
from typing import TYPE_CHECKING, cast

from rehearsal.dataplane.bodies import Chunked, Framing, MalformedError, UntilClose
from rehearsal.dataplane.response import HEAD_LIMIT, Response
from rehearsal.dataplane.tunnel import join

if TYPE_CHECKING:
    from rehearsal.dataplane.exchange import Exchange
    from rehearsal.dataplane.target import Target

# A connection that nothing used for so long is closed.
IDLE_LIMIT = 60.0
# A request that must not be sent twice takes an open connection only if that was used just now: a target does not close
# such a one for idleness, and it has been looked at whether it was closed for another reason.
YOUNG = 1.0


class Upstream(asyncio.Protocol):
    """One connection."""

    def __init__(self, target: "Target") -> None:
        """Belong to a target."""
        self.target = target
        self.exchange: Exchange | None = None
        self.reused = False
        self.idle_since = 0.0
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport
        self._poll = select.poll()
        self._buffer = b""
        self._response: Response | None = None
        self._body: Framing | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLIN | select.POLLHUP)

    def usable(self, *, replayable: bool) -> bool:
        """Whether a request may be sent on this idle connection."""
        if self._transport.is_closing():
            return False
        age = self._loop.time() - self.idle_since
        return age < (IDLE_LIMIT if replayable else YOUNG) and not self._poll.poll(0)

    def carry(self, exchange: "Exchange", data: bytes) -> None:
        """Begin to serve an exchange."""
        self.exchange = exchange
        self._transport.write(data)

    def send(self, data: bytes) -> None:
        """Send a part of a request's body."""
        self._transport.write(data)

    def hold(self) -> None:
        """Read no more for now: the client is slow."""
        self._transport.pause_reading()

    def release(self) -> None:
        """Read on."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def abort(self) -> None:
        """End the connection at once."""
        self.exchange = None
        self._transport.abort()

    def pause_writing(self) -> None:
        """Slow the client down: the target reads slowly."""
        if self.exchange is not None:
            self.exchange.client.hold(self)

    def resume_writing(self) -> None:
        """Let the client go on."""
        if self.exchange is not None:
            self.exchange.client.release(self)

    def data_received(self, data: bytes) -> None:
        """Pass a response on as it arrives."""
        exchange = self.exchange
        if exchange is None:
            self._transport.abort()
            return
        exchange.client.touched = self._loop.time()
        try:
            if self._response is None:
                self._read_head(exchange, data)
            else:
                self._pass_on(exchange, b"", data)
        except MalformedError:
            self._spoiled(exchange)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the exchange, if there is one, that the target is gone."""
        self.target.forget(self)
        exchange, self.exchange = self.exchange, None
        if exchange is None:
            return
        if self._response is None:
            exchange.lost(reused=self.reused and not self._buffer)
        elif isinstance(self._body, UntilClose) and exc is None:
            exchange.complete(close=True)
        else:
            exchange.broken()

    def _read_head(self, exchange: "Exchange", data: bytes) -> None:
        data = self._buffer + data if self._buffer else data
        end = data.find(b"\r\n\r\n") + 4
        if max(end, len(data) if end < 4 else 0) > HEAD_LIMIT:
            raise MalformedError("the response's head is too long")
        if end < 4:
            self._buffer = data
            return
        self._buffer = b""
        response, rest = Response(data[:end]), data[end:]
        if response.status == 101 and exchange.request.websocket:
            self._open_tunnel(exchange, data)
        elif response.status < 200:
            # The client had its 100 Continue from us.
            if rest:
                self._read_head(exchange, rest)
        else:
            self._begin(exchange, response, rest)

    def _begin(self, exchange: "Exchange", response: Response, rest: bytes) -> None:
        self._response = response
        client, request = exchange.client, exchange.request
        self._body = response.body(request)
        self.target.group.counters.answered(response.status, client.touched - exchange.started)
        # A client of HTTP/1.0 cannot see where a chunked body ends.
        unmarked = isinstance(self._body, UntilClose) or (request.v10 and response.chunked)
        client.closing = client.closing or unmarked
        exchange.answered = True
        self._pass_on(exchange, response.for_client(request, close=client.ends_after(request)), rest)

    def _pass_on(self, exchange: "Exchange", head: bytes, data: bytes) -> None:
        body = self._body
        if body is None:
            exchange.client.send(head)
            self._finish(exchange, clean=not data)
            return
        size = body.take(data) if data else 0
        clean = size == len(data)
        part = data if clean else data[:size]
        if isinstance(body, Chunked) and body.payload is not None:
            part = b"".join(body.payload)
            body.payload.clear()
        if head or part:
            exchange.client.send(head + part if head else part)
        if body.done:
            self._finish(exchange, clean=clean)

    def _finish(self, exchange: "Exchange", *, clean: bool) -> None:
        response, self._response, self._body, self.exchange = self._response, None, None, None
        if clean and response is not None and response.keep_alive and exchange.client.sent_all(exchange):
            self.reused = True
            self.idle_since = self._loop.time()
            self.release()
            self.target.keep(self)
        else:
            self._transport.close()
        exchange.complete(close=False)

    def _spoiled(self, exchange: "Exchange") -> None:
        self.abort()
        if exchange.answered:
            exchange.broken()
        else:
            exchange.fail(502)

    def _open_tunnel(self, exchange: "Exchange", data: bytes) -> None:
        self.target.forget(self)
        exchange.answered = True
        exchange.client.send(data)
        join(exchange, self._transport)
