"""Which tag the image of a commit carries."""

import hashlib
import re

LONGEST_TAG = 128
OTHERS = re.compile(r"[^A-Za-z0-9_.-]")


def tag_of(commit: str, mark: str = "") -> str:
    """Return the commit if it is a valid tag, else a tag made from it that no other commit gets; then the mark."""
    room = LONGEST_TAG - (len(mark) + 1 if mark else 0)
    tag = OTHERS.sub("-", commit).lstrip("-.")
    if tag != commit or len(tag) > room:
        digest = hashlib.sha256(commit.encode()).hexdigest()[:12]
        tag = f"{tag[: room - len(digest) - 1]}-{digest}".lstrip("-")
    return f"{tag}-{mark}" if mark else tag
