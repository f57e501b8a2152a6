"""Programs that clients start in a container that runs."""

from __future__ import annotations

import queue
import secrets
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.engine.command import StartError
from rehearsal.engine.errors import BadRequestError, ConflictError, NotFoundError, UnsupportedError
from rehearsal.engine.logs import STDOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.engine.container import Container
    from rehearsal.engine.program import Program


@dataclass
class Exec:
    """One such program."""

    id: str
    container: Container
    wishes: dict[str, Any]
    program: Program | None = None
    exit_code: int | None = None
    _output: queue.SimpleQueue[tuple[int, bytes] | None] = field(default_factory=queue.SimpleQueue)
    _begun: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Start it."""
        if not self._begun.acquire(blocking=False):
            raise ConflictError(f"Error: Exec command {self.id} has already run")
        try:
            argv = self.container.prepare(
                self.wishes["Cmd"], self.wishes.get("Env"), self.wishes.get("WorkingDir") or ""
            )
        except StartError as error:
            # The client is connected by now, and reads it as if the program had said so.
            self._wrote(STDOUT, f"{error}\n".encode())
            self._ended(error.exit_code)
            return
        self.program = self.container.run_in(argv, self._wrote, self._ended)
        self.program.begin()
        if not self.wishes.get("AttachStdin"):
            self.program.feed(b"")

    def output(self) -> Iterator[tuple[int, bytes]]:
        """Go through what it writes, until it ends."""
        while piece := self._output.get():
            yield piece

    def told(self) -> dict[str, Any]:
        """Return it as clients read it."""
        entrypoint, *arguments = self.wishes["Cmd"]
        return {
            "ID": self.id,
            "ContainerID": self.container.id,
            "Running": self.program is not None and self.exit_code is None,
            "ExitCode": self.exit_code,
            "Pid": self.program.pid if self.program else 0,
            "OpenStdin": bool(self.wishes.get("AttachStdin")),
            "OpenStdout": bool(self.wishes.get("AttachStdout")),
            "OpenStderr": bool(self.wishes.get("AttachStderr")),
            "CanRemove": False,
            "DetachKeys": "",
            "ProcessConfig": {"tty": False, "entrypoint": entrypoint, "arguments": arguments, "privileged": False},
        }

    def _wrote(self, stream: int, piece: bytes) -> None:
        self._output.put((stream, piece))

    def _ended(self, code: int) -> None:
        self.exit_code = code
        self._output.put(None)


class Execs:
    """All of them."""

    def __init__(self) -> None:
        """Start with none."""
        self._all: dict[str, Exec] = {}

    def create(self, container: Container, wishes: dict[str, Any]) -> Exec:
        """Prepare a program for a container."""
        if wishes.get("Tty"):
            raise UnsupportedError("a terminal for a program in a container (Tty)")
        if not wishes.get("Cmd"):
            raise BadRequestError("No exec command specified")
        if not container.is_running:
            raise ConflictError(f"Container {container.id} is not running")
        made = Exec(secrets.token_hex(32), container, wishes)
        self._all = {key: each for key, each in self._all.items() if each.container.is_running} | {made.id: made}
        return made

    def find(self, identity: str) -> Exec:
        """Return one by its id."""
        if identity not in self._all:
            raise NotFoundError(f"No such exec instance: {identity}")
        return self._all[identity]
