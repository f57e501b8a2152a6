"""One container: made, started, stopped, started again, removed."""

from __future__ import annotations

import shutil
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from rehearsal.engine import clock, ports, roots
from rehearsal.engine.command import Command, StartError, Surroundings, command
from rehearsal.engine.errors import ConflictError, EngineError, NotModifiedError
from rehearsal.engine.health import Health
from rehearsal.engine.instructions import signal_number
from rehearsal.engine.lodging import Landlord, Lodging
from rehearsal.engine.logs import STDERR, STDOUT, Log
from rehearsal.engine.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rehearsal.engine.events import Events
    from rehearsal.engine.images import Image
    from rehearsal.warden.handle import Warden

# Docker cuts longer lines in pieces, too.
LONGEST_LINE = 16 * 1024
STOP_SECONDS = 10
# What programs say that could not listen.
PORT_IN_USE = (b"ddress already in use", b"ddress in use", b"EADDRINUSE")


class House(NamedTuple):
    """What all containers share.

    `address_of` finds the address of a container whose network another one joins; `ended` hears of each that ended.
    """

    warden: Warden
    events: Events
    landlord: Landlord
    address_of: Callable[[str], str]
    ended: Callable[[Container], None]


class Container:
    """One container; `changed` is notified of every change of its state."""

    def __init__(
        self, identity: str, name: str, image: Image, wishes: tuple[dict[str, Any], dict[str, Any]], house: House
    ) -> None:
        """Remember what it is made from; `wishes` are its configuration and how it is to be run."""
        self.id = identity
        self.name = name
        self.image = image
        self.config, self.host = wishes
        self._house = house
        self.created = clock.stamp()
        self.changed = threading.Condition(threading.RLock())
        self.status = "created"
        self.exit_code = 0
        self.error = ""
        self.started = self.finished = clock.NEVER
        self.starts = 0
        self.lodging: Lodging | None = None
        self.health: Health | None = None
        self.program: Program | None = None
        self._partial: dict[int, bytes] = {}
        self._was_kept_from_a_port = False

    def settle(self, folder: Path, root: Path) -> None:
        """Make the container's folder, with a copy of the image unless it may only be read."""
        folder.mkdir(parents=True)
        (folder / "scratch").mkdir()
        self._folder = folder
        self._root = root
        if not self.host["ReadonlyRootfs"]:
            self._root = folder / "root"
            roots.copy(root, self._root)
        self.log = Log(folder / "log")

    @property
    def short_id(self) -> str:
        """The id as people write it."""
        return self.id[:12]

    @property
    def is_running(self) -> bool:
        """Whether its program runs."""
        return self.status == "running"

    @property
    def argv(self) -> list[str]:
        """What it runs."""
        return [*(self.config["Entrypoint"] or []), *(self.config["Cmd"] or [])]

    def start(self) -> None:
        """Start it."""
        with self.changed:
            if self.is_running:
                raise NotModifiedError
            try:
                self._start()
            except EngineError as error:
                self.error = str(error)
                self.exit_code = error.exit_code if isinstance(error, StartError) else 128
                raise
        self.tell("start")

    def stop(self, seconds: float | None) -> None:
        """Ask it to end with its stop signal, and kill it after so many seconds; negative is never."""
        if not self.is_running:
            raise NotModifiedError
        patience = self.config.get("StopTimeout") or STOP_SECONDS if seconds is None else seconds
        self._signal(signal_number(self.config.get("StopSignal") or "SIGTERM"))
        if not self.wait_until(lambda: not self.is_running, None if patience < 0 else patience):
            self._signal(signal.SIGKILL)
            self.wait_until(lambda: not self.is_running)
        self.tell("stop")

    def kill(self, name: str) -> None:
        """Send it a signal."""
        number = signal_number(name or "SIGKILL")
        if not self.is_running:
            raise ConflictError(f"Container {self.id} is not running")
        self._signal(number)
        if number == signal.SIGKILL:
            self.wait_until(lambda: not self.is_running)

    def wait_until(self, condition: Callable[[], bool], seconds: float | None = None) -> bool:
        """Wait until it is so, and say whether it is."""
        with self.changed:
            return self.changed.wait_for(condition, seconds)

    def remove(self, *, force: bool) -> None:
        """Remove what there is of it on the disk."""
        with self.changed:
            if self.is_running and not force:
                raise ConflictError(
                    f"You cannot remove a running container {self.id}. "
                    "Stop the container before attempting removal or force remove"
                )
        if self.is_running:
            self._signal(signal.SIGKILL)
            self.wait_until(lambda: not self.is_running)
        with self.changed:
            self.status = "removed"
            shutil.rmtree(self._folder, ignore_errors=True)
            self.changed.notify_all()
        self.tell("destroy")

    def prepare(self, argv: list[str], pairs: list[str] | None = None, folder: str = "") -> Command:
        """Return how a program runs in this container."""
        address = self.lodging.address if self.lodging else ""
        hostname = self.config["Hostname"] or self.short_id
        around = Surroundings(self._root, address, hostname, self._folder / "scratch")
        return command(argv, [*self.config["Env"], *(pairs or [])], folder or self.config["WorkingDir"] or "/", around)

    def tell(self, action: str, **attributes: str) -> None:
        """Tell an event."""
        known = {"image": self.config["Image"], "name": self.name, **self.config["Labels"]}
        self._house.events.tell("container", action, self.id, **{**known, **attributes})

    def run_in(self, argv: Command, wrote: Callable[[int, bytes], None], ended: Callable[[int], None]) -> Program:
        """Start another program in this container."""
        with self.changed:
            if not self.is_running:
                raise ConflictError(f"Container {self.id} is not running")
            return Program(
                self._house.warden,
                argv,
                self.short_id,
                has_input=True,
                takes_all_along=False,
                wrote=wrote,
                ended=ended,
            )

    def _start(self) -> None:
        self.lodging = self._lodge()
        try:
            self.program = Program(
                self._house.warden,
                self.prepare(self.argv),
                self.short_id,
                has_input=bool(self.config["OpenStdin"]),
                takes_all_along=True,
                wrote=self._wrote,
                ended=self._ended,
            )
        except BaseException:
            self._leave()
            raise
        self.status, self.error, self.exit_code = "running", "", 0
        self.started, self.starts = clock.stamp(), self.starts + 1
        self.log.open()
        self.program.begin()
        self._begin_checks()
        self.changed.notify_all()

    def _lodge(self) -> Lodging | None:
        mode = self.host["NetworkMode"]
        if mode == "host":
            return None
        exposed = self.config.get("ExposedPorts") or {} if self.host["PublishAllPorts"] else {}
        wanted = ports.bindings(self.host["PortBindings"] or {}, exposed)
        shared = self._house.address_of(mode.removeprefix("container:")) if mode.startswith("container:") else ""
        try:
            return Lodging(self._house.landlord, wanted, shared)
        except EngineError as error:
            raise EngineError(
                f"driver failed programming external connectivity on endpoint {self.name} ({self.id}): {error}"
            ) from error

    def _begin_checks(self) -> None:
        check = self.config.get("Healthcheck") or {}
        if check.get("Test") and check["Test"][0] != "NONE":
            self.health = Health(check, self.prepare, self._house.warden, self.short_id, self._health_changed)
            self.health.begin()

    def _health_changed(self, status: str) -> None:
        self.tell(f"health_status: {status}")
        with self.changed:
            self.changed.notify_all()

    def _signal(self, number: int) -> None:
        if self.program:
            self.program.signal(number)
            self.tell("kill", signal=str(int(number)))

    def _wrote(self, stream: int, piece: bytes) -> None:
        self._was_kept_from_a_port |= any(words in piece for words in PORT_IN_USE)
        *whole, rest = (self._partial.pop(stream, b"") + piece).split(b"\n")
        for line in whole:
            self._write_line(stream, line + b"\n")
        while len(rest) >= LONGEST_LINE:
            self.log.write(stream, rest[:LONGEST_LINE])
            rest = rest[LONGEST_LINE:]
        if rest:
            self._partial[stream] = rest

    def _write_line(self, stream: int, line: bytes) -> None:
        for start in range(0, len(line), LONGEST_LINE):
            self.log.write(stream, line[start : start + LONGEST_LINE])

    def _ended(self, code: int) -> None:
        for stream in (STDOUT, STDERR):
            if rest := self._partial.pop(stream, b""):
                self.log.write(stream, rest)
        if code and self.lodging and self._was_kept_from_a_port and (clash := self.lodging.clash()):
            self.log.write(STDERR, f"rehearsal: {clash}\n".encode())
        if self.health:
            self.health.stop()
        self.log.close()
        with self.changed:
            self._leave()
            self.status, self.exit_code, self.error = "exited", code, ""
            self.finished = clock.stamp(time.time_ns())
            self.changed.notify_all()
        self.tell("die", exitCode=str(code))
        self._house.ended(self)

    def _leave(self) -> None:
        if self.lodging:
            self.lodging.leave()
            self.lodging = None
