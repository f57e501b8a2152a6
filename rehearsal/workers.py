"""Background threads that are joined at the end and whose failures are never lost."""

import logging
import threading
from collections.abc import Callable
from typing import Any

LOG = logging.getLogger("rehearsal")


class Workers:
    """The threads of all engines."""

    def __init__(self) -> None:
        """Start with none."""
        self.stopping = threading.Event()
        self.failures: list[BaseException] = []
        self._threads: list[threading.Thread] = []
        self._guard = threading.Lock()

    def spawn(self, name: str, work: Callable[..., Any], *args: Any) -> threading.Thread:
        """Run the work in a thread of its own; what it raises is logged and kept."""
        thread = threading.Thread(target=self._run, args=(work, args), name=name, daemon=True)
        with self._guard:
            self._threads = [alive for alive in self._threads if alive.is_alive()]
            self._threads.append(thread)
        thread.start()
        return thread

    def stop(self, seconds: float) -> list[str]:
        """Ask all to end, wait so long, and name those that did not."""
        self.stopping.set()
        with self._guard:
            threads = list(self._threads)
        for thread in threads:
            thread.join(seconds / max(1, len(threads)))
        return [thread.name for thread in threads if thread.is_alive()]

    def _run(self, work: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            work(*args)
        except Exception as error:
            LOG.exception("%s failed", threading.current_thread().name)
            self.failures.append(error)
