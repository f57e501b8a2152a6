"""Which tag the image of a commit carries."""

import hashlib
import re

LONGEST_TAG = 128
OTHERS = re.compile(r"[^A-Za-z0-9_.-]")


def tag_of(commit: str) -> str:
    """Return the commit if it is a valid tag, else a tag made from it that no other commit gets."""
    tag = OTHERS.sub("-", commit).lstrip("-.")
    if tag == commit and len(tag) <= LONGEST_TAG:
        return tag
    mark = hashlib.sha256(commit.encode()).hexdigest()[:12]
    return f"{tag[: LONGEST_TAG - len(mark) - 1]}-{mark}".lstrip("-")
