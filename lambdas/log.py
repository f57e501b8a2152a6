"""One line of JSON per thing worth knowing; the log of a function is searched by its fields."""

from __future__ import annotations

import json


def say(what: str, **fields: object) -> None:
    """Writes one line to the function's log."""
    print(json.dumps({"message": what, **fields}, default=str), flush=True)
