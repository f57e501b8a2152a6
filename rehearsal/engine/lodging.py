"""Where a running container can be reached: its address, and its published ports."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from rehearsal.engine import clashes, ports
from rehearsal.engine.errors import EngineError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from rehearsal.addresses import Addresses
    from rehearsal.engine.ports import Binding, Proxies


class Landlord(NamedTuple):
    """Who gives out addresses and ports; `owner` names the container that a process belongs to."""

    addresses: Addresses
    proxies: Proxies
    owner: Callable[[int], str]


class Lodging:
    """One container's address and ports, until it leaves."""

    def __init__(self, landlord: Landlord, wanted: list[Binding], shared: str = "") -> None:
        """Move in: with the address that the bindings name, one shared with another container, or a free one."""
        self._landlord = landlord
        self._wanted = wanted
        self._servers: list[asyncio.Server] = []
        named = shared or ports.own_address(wanted)
        self._taken = "" if named else landlord.addresses.take()
        self.address = named or self._taken
        self.published: dict[str, list[dict[str, str]]] = {}
        try:
            for binding in wanted:
                self._publish(binding)
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Move out."""
        for server in self._servers:
            self._landlord.proxies.close(server)
        self._servers.clear()
        if self._taken:
            self._landlord.addresses.give_back(self._taken)
            self._taken = ""

    def clash(self) -> str:
        """Say which port a program that could not listen was probably kept from, or nothing."""
        for binding in self._wanted:
            others = [holder for holder in clashes.holders(binding.port) if holder.everywhere]
            if others or clashes.is_taken(self.address, binding.port):
                return self._taken_by(binding.port, others)
            if clashes.is_taken("0.0.0.0", binding.port):  # noqa: S104 - to see whether a program could
                return (
                    f"port {binding.port} is in use on another address of this machine, so a program that listens on "
                    f"every address cannot start: {clashes.ADVICE}"
                )
        return ""

    def _publish(self, binding: Binding) -> None:
        if binding.host == self.address and binding.host_port in (0, binding.port):
            if clashes.is_taken(self.address, binding.port):
                holders = clashes.holders(binding.port)
                raise EngineError(
                    f"Bind for {self.address}:{binding.port} failed: port is already allocated: "
                    f"{self._taken_by(binding.port, holders)}"
                )
            self._note(binding, binding.port)
            return
        port, server = self._landlord.proxies.open(binding.host, binding.host_port, (self.address, binding.port))
        self._servers.append(server)
        self._note(binding, port)

    def _note(self, binding: Binding, host_port: int) -> None:
        self.published.setdefault(binding.key, []).append({"HostIp": binding.host, "HostPort": str(host_port)})

    def _taken_by(self, port: int, holders: list[clashes.Holder]) -> str:
        with contextlib.suppress(StopIteration):
            holder = next(iter(sorted(holders, key=lambda each: not each.everywhere)))
            where = "every address" if holder.everywhere else "an address"
            return f"{self._landlord.owner(holder.pid)} listens on {where} with port {port}; {clashes.ADVICE}"
        return f"port {port} is in use; {clashes.ADVICE}"
