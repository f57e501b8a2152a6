"""`docker-registry`, as Debian packages it, as a child process."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import threading
from typing import IO, TYPE_CHECKING

from rehearsal.registry.notices import Notices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rehearsal.warden.handle import Warden

PROGRAM = shutil.which("docker-registry")
LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")
PATIENCE = 10.0


class RegistryNotStartedError(Exception):
    """The registry did not come up."""


class InstalledRegistry:
    """A `docker-registry` on a free port of loopback."""

    def __init__(self, warden: Warden, folder: Path, pushed: Callable[[str, str, str], None]) -> None:
        """Start it, and wait until it listens."""
        self._warden = warden
        self._notices = Notices(pushed)
        folder.mkdir(parents=True, exist_ok=True)
        settings = folder / "registry.yml"
        # JSON is YAML, and needs no care with quoting.
        settings.write_text(json.dumps(_settings(folder / "data", self._notices.address)))
        self._process = warden.spawn(
            [PROGRAM or "docker-registry", "serve", settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._log = (folder / "registry.log").open("a", encoding="utf-8")
        self.host = self._wait()
        self._reader = threading.Thread(target=self._keep_log, name="registry-log", daemon=True)
        self._reader.start()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._close()

    def _wait(self) -> str:
        for line in self._output:
            self._log.write(line)
            if found := LISTENING.search(line):
                return found[1]
        self._process.wait()
        self._close()
        raise RegistryNotStartedError(f"docker-registry ended at once; {self._log.name} holds what it said.")

    @property
    def _output(self) -> IO[str]:
        if self._process.stderr is None:
            raise ValueError("the registry's output is not ours to read")
        return self._process.stderr

    def _keep_log(self) -> None:
        for line in self._output:
            self._log.write(line)

    def _close(self) -> None:
        self._output.close()
        self._log.close()
        self._notices.stop()
        self._warden.release(self._process.pid)


def _settings(data: Path, notices: str) -> dict[str, object]:
    return {
        "version": "0.1",
        "log": {"level": "info", "formatter": "json", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(data)},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": {"addr": "127.0.0.1:0", "secret": "unused: one registry, one process"},
        "notifications": {
            "endpoints": [{"name": "rehearsal", "url": notices, "timeout": "5s", "threshold": 3, "backoff": "100ms"}]
        },
    }
