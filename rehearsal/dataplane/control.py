"""The child's end of the control connection: snapshots come in, acknowledgements and observations go out."""

import asyncio
import gc
import json
import os
import resource
import signal
import socket
import traceback
from dataclasses import asdict
from typing import Any, cast

from rehearsal.dataplane.plane import Plane
from rehearsal.dataplane.snapshot import Snapshot
from rehearsal.dataplane.wire import line, unpacked


class Control(asyncio.Protocol):
    """The connection to the main process."""

    def __init__(self) -> None:
        """Begin with nothing in force."""
        self._plane = Plane(self.report)
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._transport: asyncio.Transport
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Queue the messages that are complete."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for message in lines:
            self._messages.put_nowait(json.loads(message))

    def connection_lost(self, exc: Exception | None) -> None:
        """End at once: without the main process there is nothing to serve for."""
        del exc
        os._exit(0)

    def report(self, message: dict[str, Any]) -> None:
        """Tell the main process."""
        self._transport.write(line(message))

    async def obey(self) -> None:
        """Do what the main process says, one message after the other."""
        while True:
            message = await self._messages.get()
            try:
                answer = await self._do(message)
            except Exception:  # noqa: BLE001 the main process raises it where the caller is
                answer = {"kind": "failed", "error": traceback.format_exc()}
            self.report({**answer, "seq": message["seq"]})

    async def _do(self, message: dict[str, Any]) -> dict[str, Any]:
        if message["kind"] == "apply":
            wanted = unpacked(Snapshot, message["snapshot"])
            bound = await self._plane.apply(wanted)
            return {"kind": "applied", "scope": wanted.scope, "bound": [asdict(each) for each in bound]}
        if message["kind"] == "count":
            return {"kind": "counted", "counters": asdict(self._plane.counters)}
        raise ValueError(f"the data plane does not know {message['kind']!r}")


async def serve(descriptor: int) -> None:
    """Serve until the control connection ends."""
    loop = asyncio.get_running_loop()
    _, control = await loop.create_connection(Control, sock=socket.socket(fileno=descriptor))
    loop.set_exception_handler(lambda _, context: control.report({"kind": "fault", "error": _described(context)}))
    await control.obey()


def run(descriptor: int) -> None:
    """Be the data plane."""
    # These may reach every process of a terminal or a group; the main process decides when this one ends.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.collect()
    gc.freeze()
    asyncio.run(serve(descriptor))


def _described(context: dict[str, Any]) -> str:
    error = context.get("exception")
    cause = "".join(traceback.format_exception(error)) if error else ""
    return f"{context['message']}\n{cause}".strip()
