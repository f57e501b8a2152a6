"""One request on its way: from a client to a target, and the answer back."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.dataplane.client import Client
    from rehearsal.dataplane.request import Request
    from rehearsal.dataplane.target import Target
    from rehearsal.dataplane.upstream import Upstream

# Of a request's body, what is kept while the connection to the target is not there yet.
HELD_LIMIT = 64 * 1024


class Exchange:
    """A client, its request, and the target that it was given to."""

    __slots__ = ("_held", "answered", "client", "over", "replayable", "request", "started", "target", "upstream")

    def __init__(self, client: "Client", request: "Request") -> None:
        """Begin with a request whose head is complete."""
        self.client = client
        self.request = request
        self.started = client.touched
        self.replayable = request.replayable
        self.target: Target | None = None
        self.upstream: Upstream | None = None
        self.answered = False  # the head of the response has gone to the client
        self.over = False
        self._held: list[bytes] | None = None

    def forward(self, target: "Target") -> None:
        """Give the request to a target, on a connection that is open if one may be used."""
        self.target = target
        target.exchanges.add(self)
        target.group.counters.requests += 1
        upstream = target.idle_connection(replayable=self.replayable)
        if upstream is not None:
            self.carried(upstream)
        else:
            target.connect(self)

    def carried(self, upstream: "Upstream") -> None:
        """Send what there is of the request on this connection."""
        self.upstream = upstream
        data = self.client.head_for_target(self.request)
        if self._held:
            data += b"".join(self._held)
            self._held = None
        upstream.carry(self, data)
        self.client.release(self)

    def send_body(self, data: bytes) -> None:
        """Pass a part of the request's body on."""
        if self.upstream is not None:
            self.upstream.send(data)
            return
        self._held = [*(self._held or ()), data]
        if sum(map(len, self._held)) > HELD_LIMIT:
            self.client.hold(self)

    def lost(self, *, reused: bool) -> None:
        """Go on after the target ended the connection before it answered."""
        self.upstream = None
        if reused and self.replayable and self.target is not None:
            # The target closed a connection that it thought idle: it has not seen this request.
            self.replayable = False
            self.target.connect(self)
        else:
            self.fail(502)

    def fail(self, status: int) -> None:
        """Tell the client that the target did not answer."""
        if self.target is not None and status in (502, 504):
            self.target.group.counters.connection_errors += 1
        self._leave()
        self.client.fail(self, status)

    def complete(self, *, close: bool) -> None:
        """End after the whole response was sent."""
        self._leave()
        self.client.completed(self, close=close)

    def broken(self) -> None:
        """End after the target broke off its response."""
        self._leave()
        self.client.close()

    def abandon(self) -> None:
        """End because the client is gone."""
        upstream, self.upstream = self.upstream, None
        self._leave()
        if upstream is not None:
            upstream.abort()

    def cut(self) -> None:
        """End because the target's time to finish is over."""
        upstream, self.upstream = self.upstream, None
        if upstream is not None:
            upstream.abort()
        if self.answered:
            self.broken()
        else:
            self.fail(502)

    def _leave(self) -> None:
        self.over = True
        self.upstream = None
        if self.target is not None:
            self.target.left(self)
