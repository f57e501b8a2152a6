"""Which rule a request meets first."""

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from rehearsal.dataplane.snapshot import Condition

if TYPE_CHECKING:
    from rehearsal.dataplane.actions import Action
    from rehearsal.dataplane.request import Request

# A test is given the request and the client's address.
Test = Callable[["Request", str], bool]


class Table:
    """A listener's rules, ready to be asked."""

    def __init__(self, rules: list[tuple[tuple[Condition, ...], "Action"]]) -> None:
        """Prepare the rules, given in order of priority with the default last."""
        self._rules = [(tuple(test_of(condition) for condition in conditions), action) for conditions, action in rules]

    def action(self, request: "Request", client: str) -> "Action":
        """Return the action of the first rule whose conditions are all met."""
        for tests, action in self._rules:
            for test in tests:
                if not test(request, client):
                    break
            else:
                return action
        raise LookupError("a listener always has a default rule")


def test_of(condition: Condition) -> Test:
    """Prepare one condition."""
    return TESTS[condition.field](condition)


def _pattern(values: tuple[str, ...], *, fold: bool = False) -> re.Pattern[bytes]:
    # An asterisk is any run of characters, a question mark any one; a backslash makes either literal.
    parts = (_translated(value) for value in values)
    return re.compile("|".join(parts).encode("latin-1", "replace"), re.DOTALL | (re.IGNORECASE if fold else 0))


def _translated(value: str) -> str:
    pieces = re.findall(r"\\[*?\\]|.", value, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return "".join(wild.get(piece) or re.escape(piece[-1]) for piece in pieces)


def _path(condition: Condition) -> Test:
    match = _pattern(condition.values).fullmatch
    return lambda request, _: match(request.path) is not None


def _host(condition: Condition) -> Test:
    match = _pattern(condition.values, fold=True).fullmatch
    return lambda request, _: match(_without_port(request.host)) is not None


def _header(condition: Condition) -> Test:
    name = condition.name.lower().encode()
    match = _pattern(condition.values, fold=True).fullmatch
    return lambda request, _: any(match(value) for value in request.values(name))


def _method(condition: Condition) -> Test:
    methods = frozenset(value.encode() for value in condition.values)
    return lambda request, _: request.method in methods


def _query(condition: Condition) -> Test:
    wanted = [
        (_pattern((key or "*",), fold=True).fullmatch, _pattern((value,), fold=True).fullmatch)
        for key, value in zip(condition.keys, condition.values, strict=True)
    ]

    def met(request: "Request", _: str) -> bool:
        if not request.query:
            return False
        pairs = [pair.partition(b"=")[::2] for pair in request.query.split(b"&")]
        return any(key(name) and value(given) for key, value in wanted for name, given in pairs)

    return met


def _source(condition: Condition) -> Test:
    networks = [ip_network(value, strict=False) for value in condition.values]

    def met(_: "Request", client: str) -> bool:
        address = ip_address(client)
        return any(address in network for network in networks)

    return met


def _without_port(host: bytes) -> bytes:
    return host if host.endswith(b"]") else host.partition(b":")[0] if b"[" not in host else host.rpartition(b":")[0]


TESTS: dict[str, Callable[[Condition], Test]] = {
    "path-pattern": _path,
    "host-header": _host,
    "http-header": _header,
    "http-request-method": _method,
    "query-string": _query,
    "source-ip": _source,
}
