"""What a rule does with a request: forward it, redirect it, or answer it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from rehearsal.dataplane import snapshot
from rehearsal.dataplane.response import answer, page

if TYPE_CHECKING:
    from rehearsal.dataplane.exchange import Exchange
    from rehearsal.dataplane.group import Group


class Action(Protocol):
    """One way to deal with a request."""

    def begin(self, exchange: "Exchange") -> None:
        """Deal with it."""


class Forward:
    """Give the request to a target of a group, groups taking turns by weight."""

    def __init__(self, shares: list[tuple["Group", int]]) -> None:
        """Distribute over these groups."""
        self._shares = [(group, weight) for group, weight in shares if weight]
        self._only = self._shares[0][0] if len(self._shares) == 1 else None
        self._credit = [0] * len(self._shares)
        self._total = sum(weight for _, weight in self._shares)

    def begin(self, exchange: "Exchange") -> None:
        """Forward it; a group without targets has no substitute."""
        group = self._only or self._next()
        target = group.pick() if group else None
        if target is None:
            exchange.fail(503)
        else:
            exchange.forward(target)

    def _next(self) -> "Group | None":
        """Return the group that is furthest behind its share: any run of requests is split as the weights say."""
        if not self._shares:
            return None
        for index, (_, weight) in enumerate(self._shares):
            self._credit[index] += weight
        chosen = self._credit.index(max(self._credit))
        self._credit[chosen] -= self._total
        return self._shares[chosen][0]


class Redirect:
    """Send the client elsewhere."""

    def __init__(self, redirect: snapshot.Redirect, real_port: Callable[[int], int]) -> None:
        """Redirect so; a port of the same load balancer is named as the port that it is really bound to."""
        self._redirect = redirect
        self._real_port = real_port

    def begin(self, exchange: "Exchange") -> None:
        """Answer with the location."""
        client, request = exchange.client, exchange.request
        location = f"Location: {self._location(exchange)}\r\n".encode("latin-1")
        client.listener.counters.redirects += 1
        client.listener.counters.elb_3xx += 1
        close = client.ends_after(request)
        bare = request.method == b"HEAD"
        client.reply(exchange, page(self._redirect.status, close=close, bare=bare, fields=location))

    def _location(self, exchange: "Exchange") -> str:
        request, listener, wanted = exchange.request, exchange.client.listener, self._redirect
        host = request.host.decode("latin-1")
        asked = {
            "#{protocol}": listener.protocol,
            "#{host}": host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host,
            "#{port}": str(listener.port),
            "#{path}": request.path.decode("latin-1").removeprefix("/"),
            "#{query}": request.query.decode("latin-1"),
        }
        protocol, name, port, path, query = (
            _filled(part, asked) for part in (wanted.protocol, wanted.host, wanted.port, wanted.path, wanted.query)
        )
        if wanted.host == "#{host}":
            port = str(self._real_port(int(port)))
        return f"{protocol.lower()}://{name}:{port}{path}{'?' + query if query else ''}"


class Fixed:
    """Answer with what the rule says."""

    def __init__(self, fixed: snapshot.FixedResponse) -> None:
        """Answer so."""
        self._fixed = fixed
        self._body = fixed.body.encode()
        charset = "; charset=utf-8" if fixed.content_type.startswith("text/") else ""
        self._type = fixed.content_type + charset

    def begin(self, exchange: "Exchange") -> None:
        """Answer."""
        client, request, status = exchange.client, exchange.request, self._fixed.status
        client.listener.counters.fixed_responses += 1
        if status >= 400:
            client.listener.counters.generated(status)
        bare = request.method == b"HEAD"
        client.reply(exchange, answer(status, self._type, self._body, close=client.ends_after(request), bare=bare))


def _filled(template: str, asked: dict[str, str]) -> str:
    for name, value in asked.items():
        template = template.replace(name, value)
    return template
