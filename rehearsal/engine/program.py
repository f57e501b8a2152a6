"""A program that runs: what it writes is passed on, and its end is told."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
from typing import TYPE_CHECKING, BinaryIO, cast

from rehearsal.engine.logs import STDERR, STDOUT
from rehearsal.warden import processes

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.engine.command import Command
    from rehearsal.warden.handle import Warden

PIECE = 1 << 16
# How long output may still come after the program and everything that it started have been killed.
LAST_WORDS = 2.0
SIGNAL_BASE = 128


class Program:
    """One program with its children; `tag` marks them all, wherever they go."""

    def __init__(
        self,
        warden: Warden,
        command: Command,
        tag: str,
        *,
        has_input: bool,
        takes_all_along: bool,
        wrote: Callable[[int, bytes], None],
        ended: Callable[[int], None],
    ) -> None:
        """Start it; if it takes all along, its end is the end of everything that it started."""
        self._warden = warden
        self._tag = tag
        self._takes_all_along = takes_all_along
        self._wrote = wrote
        self._ended = ended
        self._process = warden.spawn(
            command.argv,
            stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=command.env,
            cwd=command.folder,
            tag=tag,
            bufsize=0,
        )
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read, name=f"output-{self.pid}", daemon=True)
        self._watcher = threading.Thread(target=self._watch, name=f"program-{self.pid}", daemon=True)

    def begin(self) -> None:
        """Begin to listen to it."""
        self._reader.start()
        self._watcher.start()

    def signal(self, number: int) -> None:
        """Send it a signal; a kill reaches its children as well."""
        # Once it has been waited for, its number may be somebody else's.
        if self._process.poll() is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            if number == signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)

    def feed(self, data: bytes) -> None:
        """Give it input; nothing ends the input."""
        source = self._process.stdin
        if source is None or source.closed:
            return
        with contextlib.suppress(BrokenPipeError):
            if data:
                source.write(data)
            else:
                source.close()

    def _watch(self) -> None:
        code = self._process.wait()
        if self._takes_all_along:
            self._end_children()
        self._reader.join(LAST_WORDS)
        if self._process.stdin:
            self._process.stdin.close()
        self._warden.release(self.pid)
        self._ended(SIGNAL_BASE - code if code < 0 else code)

    def _end_children(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        left = processes.marked(f"{self._warden.mark}.{self._tag}")
        processes.send(left, signal.SIGKILL)

    def _read(self) -> None:
        with selectors.DefaultSelector() as both:
            for stream, source in ((STDOUT, self._process.stdout), (STDERR, self._process.stderr)):
                both.register(cast("BinaryIO", source), selectors.EVENT_READ, stream)
            while both.get_map():
                for key, _ in both.select():
                    piece = os.read(key.fd, PIECE)
                    if piece:
                        self._wrote(key.data, piece)
                    else:
                        both.unregister(key.fileobj)
                        cast("BinaryIO", key.fileobj).close()
