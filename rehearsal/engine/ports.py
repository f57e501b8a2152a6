"""Published ports: an address of the container's own where one is named, and a proxy for everything else."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from rehearsal.engine.errors import BadRequestError, EngineError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterable

LOCALHOST = "127.0.0.1"
ANYWHERE = frozenset({"", "0.0.0.0", "::", "localhost"})  # noqa: S104 - what a client says, not what is listened on
PIECE = 1 << 16
CONNECT_TIMEOUT = 5


class Binding(NamedTuple):
    """One port of a container, and where on this machine it is wanted; 0 is any free port."""

    port: int
    host: str
    host_port: int

    @property
    def key(self) -> str:
        """The container's port as Docker writes it."""
        return f"{self.port}/tcp"

    @property
    def names_an_address(self) -> bool:
        """Whether it asks for an address that can be the container's own: loopback, and not the common one."""
        return self.host != LOCALHOST and self.host_port == self.port


def bindings(wanted: dict[str, Any], exposed: Iterable[str] = ()) -> list[Binding]:
    """Read the port bindings of a container; each exposed port goes to any free one."""
    found = [_binding(port, each) for port, places in wanted.items() for each in places or [{}]]
    named = {binding.port for binding in found}
    return found + [binding for port in exposed if (binding := _binding(port, {})).port not in named]


def own_address(wanted: Iterable[Binding]) -> str:
    """Return the address that is asked for as the container's own, or nothing."""
    return next((binding.host for binding in wanted if binding.names_an_address), "")


def _binding(port: str, place: dict[str, str]) -> Binding:
    number, _, protocol = port.partition("/")
    if protocol not in ("", "tcp"):
        raise UnsupportedError(f"publishing {port}")
    host_port = place.get("HostPort") or "0"
    if not number.isdecimal() or not host_port.isdecimal():
        raise BadRequestError(f"invalid port specification: {port} to {host_port!r}")
    return Binding(int(number), _host(place.get("HostIp") or ""), int(host_port))


def _host(name: str) -> str:
    # A rehearsal is nobody's business but this machine's.
    if name in ANYWHERE:
        return LOCALHOST
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        raise BadRequestError(f"Invalid ip address: {name}") from None
    if not address.is_loopback:
        raise UnsupportedError(f"publishing a port on {name}, an address that others can reach")
    return name


class Proxies:
    """All proxies of all containers, on one event loop in a thread of its own."""

    def __init__(self) -> None:
        """Start the loop."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="port-proxies", daemon=True)
        self._thread.start()

    def open(self, host: str, port: int, target: tuple[str, int]) -> tuple[int, asyncio.Server]:
        """Listen on an address and pass every connection on; return the port and what closes it."""

        async def serve() -> asyncio.Server:
            return await asyncio.start_server(lambda reader, writer: _pass_on(reader, writer, target), host, port)

        try:
            server = asyncio.run_coroutine_threadsafe(serve(), self._loop).result()
        except OSError as error:
            raise EngineError(f"Bind for {host}:{port} failed: {_reason(error)}") from error
        return server.sockets[0].getsockname()[1], server

    def close(self, server: asyncio.Server) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(server.close)

    def stop(self) -> None:
        """End the loop."""

        async def cancel() -> None:
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(cancel(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def _reason(error: OSError) -> str:
    # asyncio wraps the system's words in its own.
    return "port is already allocated" if "in use" in str(error) else str(error)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: tuple[str, int]) -> None:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT):
            far_reader, far_writer = await asyncio.open_connection(*target)
    except OSError:
        # As Docker's own proxy does: the port is there, and nobody behind it.
        _reset(writer)
        return
    async with asyncio.TaskGroup() as both:
        both.create_task(_pump(reader, far_writer))
        both.create_task(_pump(far_reader, writer))
    for each in (writer, far_writer):
        each.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


def _reset(writer: asyncio.StreamWriter) -> None:
    linger = b"\x01\0\0\0\0\0\0\0"
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.close()
