"""What the Docker engine reports while it works, turned into lines that suit a log."""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from deployer.log import say

Event = Mapping[str, Any]

# Many layers are announced at once in these states, and each has another to say when something happens to it.
SILENT = {"Preparing", "Waiting", "Verifying Checksum"}
LAST_LINES = 20
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BUILT = re.compile(r"^Successfully built ([0-9a-f]{12,})$")


class Layers:
    """Reports each layer that travels from or to a registry once for every state that it reaches."""

    def __init__(self) -> None:
        """Know of no layer yet."""
        self.digest: str | None = None
        self.failure: str | None = None
        self._states: dict[str, str] = {}

    def follow(self, events: Iterable[Event]) -> None:
        """Report all events; the engine ends with an error if there is one."""
        for event in events:
            self.take(event)

    def take(self, event: Event) -> None:
        """Report what is new in the event."""
        self.failure = _failure(event) or self.failure
        self.digest = _aux(event, "Digest") or self.digest
        state, layer = event.get("status"), event.get("id", "")
        if not state or state in SILENT or self._states.get(layer) == state:
            return
        self._states[layer] = state
        size = (event.get("progressDetail") or {}).get("total")
        amount = f" {size / 1e6:.1f} MB" if size else ""
        say(f"  {layer}: {state}{amount}" if layer else f"  {state}")


class Steps:
    """Reports a build's steps and their output, and remembers where it stands in case it fails."""

    def __init__(self) -> None:
        """Stand before the first step."""
        self.step = ""
        self.last: deque[str] = deque(maxlen=LAST_LINES)
        self.image: str | None = None
        self.failure: str | None = None
        self._layers = Layers()
        self._unfinished = ""

    def follow(self, events: Iterable[Event]) -> None:
        """Report all events; the engine ends with an error if there is one."""
        for event in events:
            self.failure = _failure(event) or self.failure
            self.image = _aux(event, "ID") or self.image
            self._say(event.get("stream", ""))
            self._layers.take(event)
        self._say("\n")

    def _say(self, text: str) -> None:
        for line in self._lines(text):
            if line.startswith("Step "):
                self.step = line.removeprefix("Step ")
                self.last.clear()
            else:
                self.last.append(line)
            if built := BUILT.match(line):
                self.image = built[1]
            say(f"  {line}")

    def _lines(self, text: str) -> Iterator[str]:
        *whole, self._unfinished = (self._unfinished + text).split("\n")
        for line in whole:
            # A program that draws a progress bar ends its drafts with a carriage return; the last draft counts.
            shown = COLOUR.sub("", line).rstrip().rsplit("\r", 1)[-1]
            if shown:
                yield shown


def _failure(event: Event) -> str | None:
    detail = event.get("errorDetail") or {}
    return detail.get("message") or event.get("error")


def _aux(event: Event, key: str) -> str | None:
    value = (event.get("aux") or {}).get(key)
    return str(value) if value else None
