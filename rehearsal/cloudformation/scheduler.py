"""Work along a graph: side by side where nothing forbids it."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.cloudformation.graph import Graph

ABREAST = 16


class Schedule:
    """One run over a graph.

    Every node's work starts once all that it depends on has succeeded. After a failure nothing new is started
    (unless carry_on: then only what depends on the failed one is left out); what runs already is awaited.
    """

    def __init__(
        self,
        graph: Graph,
        work: Callable[[str], bool],
        *,
        carry_on: bool = False,
        failed: Callable[[], None] | None = None,
        halted: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the graph and the work, which tells whether it succeeded."""
        self._waiting = dict(graph)
        self._work = work
        self._carry_on = carry_on
        self._on_failure = failed
        self._halted = halted
        self._running: dict[Future[bool], str] = {}
        self.done: set[str] = set()
        self.failed: set[str] = set()

    def run(self) -> bool:
        """Do it all; tell whether every node succeeded."""
        if not self._waiting:
            return True
        with ThreadPoolExecutor(min(ABREAST, len(self._waiting)), "cloudformation") as pool:
            self._start(pool)
            while self._running:
                finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._settle(future)
                self._start(pool)
        return not self.failed and not self._waiting

    def _start(self, pool: ThreadPoolExecutor) -> None:
        if self._halted() or (self.failed and not self._carry_on):
            return
        for node in [node for node, after in self._waiting.items() if after <= self.done]:
            del self._waiting[node]
            self._running[pool.submit(self._work, node)] = node

    def _settle(self, future: Future[bool]) -> None:
        node = self._running.pop(future)
        if future.result():
            self.done.add(node)
            return
        self.failed.add(node)
        if self._on_failure:
            self._on_failure()
