"""Lets the calls of two functions through one by one, in an order that a test decides."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from tests.support.wire import Call, Fault, Killed

PATIENCE = 30


class Turnstile:
    """Nobody's call begins before its turn, nor before the call that went before it has been answered."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: Counter[str] = Counter()
        self._admitted: Counter[str] = Counter()
        self._inside = 0
        self._gone: set[str] = set()

    def run(self, functions: Mapping[str, Callable[[], object]], turns: Iterable[str]) -> None:
        """Run functions side by side, one call per turn; when the turns are used up, one finishes after the other."""
        threads = [threading.Thread(target=self._life, args=one, daemon=True) for one in functions.items()]
        for thread in threads:
            thread.start()
        for who in turns:
            self._admit(who)
        for who in functions:
            while self._admit(who):
                pass
        for thread in threads:
            thread.join(PATIENCE)

    def enter(self, who: str) -> None:
        """Wait for a turn."""
        with self._changed:
            self._waiting[who] += 1
            self._changed.notify_all()
            self._wait(lambda: self._admitted[who] > 0)
            self._admitted[who] -= 1
            self._waiting[who] -= 1

    def leave(self) -> None:
        """Let the next one have its turn."""
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()

    def _admit(self, who: str) -> bool:
        with self._changed:
            self._wait(lambda: self._waiting[who] > 0 or who in self._gone)
            if who in self._gone:
                return False
            self._admitted[who] += 1
            self._inside += 1
            self._changed.notify_all()
            self._wait(lambda: self._inside == 0)
        return True

    def _wait(self, until: Callable[[], bool]) -> None:
        if not self._changed.wait_for(until, PATIENCE):
            raise TimeoutError("nobody moves any more")

    def _life(self, who: str, function: Callable[[], object]) -> None:
        try:
            function()
        except Killed:
            pass
        finally:
            with self._changed:
                self._gone.add(who)
                self._changed.notify_all()


class InTurn(Fault):
    """A function's calls wait for their turn; another fault may happen to them then."""

    def __init__(self, turnstile: Turnstile, who: str, then: Fault | None = None) -> None:
        self.turnstile, self.who, self.then = turnstile, who, then or Fault()

    def before(self, call: Call) -> None:
        """Wait for the turn."""
        self.turnstile.enter(self.who)
        try:
            self.then.before(call)
        except Killed:
            self.turnstile.leave()
            raise

    def reply(self, call: Call, attempt: int) -> tuple[int, str] | None:
        """Do as the other fault does."""
        return self.then.reply(call, attempt)

    def after(self, call: Call) -> None:
        """End the turn."""
        self.turnstile.leave()
        self.then.after(call)
