"""A client's connection to a listener: reads requests one after the other and sends the answers in that order."""

import asyncio
import re
from typing import TYPE_CHECKING, cast

from rehearsal.dataplane.bodies import Framing, MalformedError
from rehearsal.dataplane.exchange import Exchange
from rehearsal.dataplane.request import RefusedError, Request, check_size, parse
from rehearsal.dataplane.response import CONTINUE, page

if TYPE_CHECKING:
    from rehearsal.dataplane.listener import Listener
    from rehearsal.dataplane.tunnel import End

# Of requests sent ahead of their turn, what is read before the client has to wait.
PIPELINE_LIMIT = 64 * 1024
# A connection that ends with an error is kept so long for the client to read it: closing with unread data resets it.
LINGER = 2.0
BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, listener: "Listener") -> None:
        """Belong to a listener."""
        self.listener = listener
        self.exchange: Exchange | None = None
        self.closing = False  # after the response that is under way
        self.touched = 0.0
        self.address = ""
        self.transport: asyncio.Transport
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._body: Framing | None = None
        self._tunnel = False
        self._starting = False
        self._choked = False
        self._unsent = 0
        self._ended = False
        self._holds: set[object] = set()

    @property
    def idle(self) -> bool:
        """Whether nothing is under way."""
        return self.exchange is None and self._body is None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start to watch for idleness."""
        self.transport = cast("asyncio.Transport", transport)
        self.address = transport.get_extra_info("peername")[0]
        self._name = self.address.encode()
        if self.listener.balancer.client_port:
            self._name += b":%d" % transport.get_extra_info("peername")[1]
        self.touched = self._born = self._loop.time()
        self.listener.clients.add(self)
        self._watch = self._loop.call_later(self.listener.balancer.idle_timeout, self._check_idle)

    def data_received(self, data: bytes) -> None:
        """Read on where the last bytes ended."""
        self.touched = self._loop.time()
        if self._ended and self._body is None:
            return
        if self._body is not None:
            data = self._take_body(self._body, data)
        self._buffer = self._buffer + data if self._buffer else data
        if self.exchange is None:
            self._read_requests()
        if len(self._buffer) > PIPELINE_LIMIT:
            self.hold(self)

    def pause_writing(self) -> None:
        """Slow the target down: the client reads slowly."""
        self._choked = True
        if self.exchange is not None and self.exchange.upstream is not None:
            self.exchange.upstream.hold()

    def resume_writing(self) -> None:
        """Let the target, or the next request, go on."""
        self._choked = False
        self.touched = self._loop.time()
        if self.exchange is None:
            self._read_requests()
        elif self.exchange.upstream is not None:
            self.exchange.upstream.release()

    def connection_lost(self, exc: Exception | None) -> None:
        """Abandon what is under way."""
        del exc
        self._forget()
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            self.listener.counters.clients_gone += 1
            exchange.abandon()

    def hold(self, why: object) -> None:
        """Read no more until this reason is gone."""
        if not self._holds and not self._tunnel:
            self.transport.pause_reading()
        self._holds.add(why)

    def release(self, why: object) -> None:
        """Read on if there is no other reason not to."""
        if self._holds:
            self._holds.discard(why)
            if not self._holds and not self.transport.is_closing():
                self.transport.resume_reading()

    def send(self, data: bytes) -> None:
        """Send a part of a response."""
        self.transport.write(data)

    def head_for_target(self, request: Request) -> bytes:
        """Write the request's head as the target shall see it."""
        listener = self.listener
        return request.for_target(listener.balancer, self._name, listener.forwarded, listener.port)

    def ends_after(self, request: Request) -> bool:
        """Whether the connection ends with the response to this request."""
        old = self.touched - self._born > self.listener.balancer.keep_alive
        return self.closing or request.close or old or not self.listener.open

    def sent_all(self, exchange: Exchange) -> bool:
        """Whether the client has sent this request to its end."""
        return self.exchange is exchange and self._body is None

    def reply(self, exchange: Exchange, data: bytes) -> None:
        """Send a whole response."""
        exchange.over = True
        self.send(data)
        self.completed(exchange, close=False)

    def fail(self, exchange: Exchange, status: int) -> None:
        """Answer with an error of the load balancer's own."""
        if self.exchange is exchange:
            self.listener.counters.generated(status)
            request = exchange.request
            self.reply(exchange, page(status, close=self.ends_after(request), bare=request.method == b"HEAD"))

    def completed(self, exchange: Exchange, *, close: bool) -> None:
        """Go on with the next request, or end."""
        if self._tunnel:
            self._forget()
        elif self.exchange is exchange:
            self.exchange = None
            if self._holds:
                self._holds.clear()
                self.transport.resume_reading()
            if close or self.ends_after(exchange.request):
                self._end()
            else:
                self._read_requests()

    def become_tunnel(self, end: "End") -> bytes:
        """Let a tunnel have the connection, and return what has arrived for its other end."""
        self._tunnel = True
        self.exchange = None
        early, self._buffer = self._buffer, b""
        self.transport.set_protocol(end)
        self.transport.resume_reading()
        return early

    def close(self) -> None:
        """End the connection after what was sent."""
        self.exchange = None
        self._ended = True
        self._forget()
        self.transport.close()

    def _take_body(self, body: Framing, data: bytes) -> bytes:
        """Pass on what belongs to the body, or drop it if nobody wants it any more, and return the rest."""
        try:
            size = body.take(data)
        except MalformedError:
            self._refuse(400)
            return b""
        if body.done:
            self._body = None
        if self.exchange is not None:
            self.exchange.send_body(data if size == len(data) else data[:size])
        elif self._ended and body.done:
            self.transport.close()
        return data[size:]

    def _read_requests(self) -> None:
        if self._starting:
            return
        self._starting = True
        try:
            while self._buffer and self.idle and not self._choked and not self._ended:
                self._buffer = self._buffer.lstrip(b"\r\n")
                end = self._buffer.find(b"\r\n\r\n") + 4
                if end < 4:
                    self._check_unfinished()
                    break
                head, self._buffer = self._buffer[:end], self._buffer[end:]
                self._start(parse(head))
        except RefusedError as refusal:
            self._refuse(refusal.status)
        finally:
            self._starting = False

    def _check_unfinished(self) -> None:
        # A bare line feed ends no line here: waiting for the end of the head would be in vain.
        if BARE_LINE_FEED.search(self._buffer):
            raise RefusedError(400)
        check_size(self._buffer)

    def _start(self, request: Request) -> None:
        listener = self.listener
        listener.counters.requests += 1
        self._body = request.body()
        self.exchange = exchange = Exchange(self, request)
        if request.expects and self._body is not None:
            self.transport.write(CONTINUE)
        listener.table.action(request, self.address).begin(exchange)
        if self._body is not None and self._buffer:
            data, self._buffer = self._buffer, b""
            self._buffer = self._take_body(self._body, data)

    def _refuse(self, status: int) -> None:
        """Answer what is no request, after which nothing that follows can be understood."""
        exchange, self.exchange, self._body = self.exchange, None, None
        if exchange is not None:
            exchange.abandon()
        if exchange is not None and exchange.answered:
            self.transport.close()
            return
        self.listener.counters.generated(status)
        self.send(page(status, close=True, bare=False))
        self._end(unread=True)

    def _end(self, *, unread: bool = False) -> None:
        self._ended = True
        if self._body is not None:
            return  # the rest of it is read first
        if unread and self.transport.can_write_eof():
            self.transport.write_eof()
            self._watch.cancel()
            self._watch = self._loop.call_later(LINGER, self.transport.close)
        else:
            self.transport.close()

    def _forget(self) -> None:
        self._watch.cancel()
        self.listener.clients.discard(self)

    def _check_idle(self) -> None:
        limit, now = self.listener.balancer.idle_timeout, self._loop.time()
        unsent, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        if self._unsent != unsent:
            self.touched = now  # the client reads, if slowly
        left = self.touched + limit - now
        self._watch = self._loop.call_later(left if left > 0 else limit, self._check_idle)
        if left <= 0:
            self._time_out()

    def _time_out(self) -> None:
        exchange = self.exchange
        if exchange is None:
            if self._buffer and self.idle and not self._choked:
                self._refuse(408)
            else:
                self.transport.close()
        elif exchange.answered:
            self.transport.close()
        elif self._body is not None:
            self._refuse(408)
        else:
            exchange.abandon()
            exchange.fail(504)
