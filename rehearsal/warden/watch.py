"""The warden's own loop: write down what comes through the pipe, and clean up when it closes."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

from rehearsal.warden.cleaning import Cleaning
from rehearsal.warden.ledger import Entry, Ledger

if TYPE_CHECKING:
    from collections.abc import Iterable

UNSTOPPABLE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def watch() -> None:
    """Serve the main process until it ends, then remove what it left."""
    # Whoever ends the main process usually means us too; the pipe tells us when it is our turn.
    for number in UNSTOPPABLE:
        signal.signal(number, signal.SIG_IGN)
    mark, grace, main = sys.argv[1], float(sys.argv[2]), os.getppid()
    ledger = Ledger()
    asked = _write_down(ledger, map(json.loads, sys.stdin))
    left = Cleaning(ledger, mark, frozenset({main}), grace).run(crashed=not asked)
    if asked:
        json.dump(left, sys.stdout)
    else:
        _complain(left)


def _write_down(ledger: Ledger, messages: Iterable[dict[str, Any]]) -> bool:
    """Follow the messages to their end, and say whether the main process asked for the clean-up."""
    for message in messages:
        if "keep" in message:
            ledger.keep(Entry.from_message(message["keep"]))
        elif "release" in message:
            ledger.release(message["release"])
        else:
            return True
    return False


def _complain(left: list[str]) -> None:
    # The terminal may have gone together with the main process.
    with contextlib.suppress(OSError):
        for what in left:
            sys.stderr.write(f"rehearsal: not cleaned up: {what}\n")
        sys.stderr.flush()
