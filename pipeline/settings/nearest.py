"""Which known key a mistyped or misplaced one was meant to be."""

from difflib import get_close_matches

from pipeline.settings.base import Path, Table
from pipeline.settings.kinds import every_key

# Elsewhere in the file there are many keys, and a looser likeness would suggest the wrong one.
CLOSE = 0.6
CLOSE_ELSEWHERE = 0.75


def nearest(table: type[Table], unknown: Path) -> Path | None:
    """Find the key that was meant: first the same name, then a similar one; first in its own table, then elsewhere."""
    name = _bare(str(unknown[-1]))
    own = {_bare(key[-1]): key for key in every_key(table) if key[:-1] == unknown[:-1]}
    others = {_bare(key[-1]): key for key in every_key(table) if key[:-1] != unknown[:-1]}
    others |= {_bare("".join(key)): key for key in others.values()}
    for known, likeness in ((own, 1.0), (others, 1.0), (own, CLOSE), (others, CLOSE_ELSEWHERE)):
        if close := get_close_matches(name, known, n=1, cutoff=likeness):
            return known[close[0]]
    return None


def _bare(name: str) -> str:
    return "".join(char for char in name.lower() if char.isalnum())
