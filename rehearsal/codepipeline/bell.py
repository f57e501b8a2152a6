"""What wakes those who wait for somebody else's work."""

import threading


class Bell:
    """One bell for all who wait."""

    def __init__(self) -> None:
        """Start silent."""
        self._rung = threading.Condition()

    def ring(self) -> None:
        """Wake everybody, so that they look again."""
        with self._rung:
            self._rung.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait for the bell, but not longer than this."""
        with self._rung:
            self._rung.wait(seconds)
