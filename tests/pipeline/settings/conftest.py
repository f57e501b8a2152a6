"""How these tests read settings: from a document, through the same door as the command line."""

import pytest

from pipeline.errors import UserMistake
from pipeline.settings import parse

CONNECTION = "arn:aws:codeconnections:eu-west-1:123456789012:connection/0f2d1c3b"
# Four lines, so that what a test adds begins on line 5.
MINIMAL = f"""\
app = "greeter"
[source]
repository = "acme/greeter"
connection_arn = "{CONNECTION}"
"""


@pytest.fixture(scope="session")
def minimal() -> str:
    """The shortest document that is valid."""
    return MINIMAL


@pytest.fixture(scope="session")
def mistakes():
    """Tell the mistakes of a document, one a line, as `LINE: KEY: SENTENCE`; none if it is valid."""

    def told(document: str) -> list[str]:
        try:
            parse(document, "release.toml")
        except UserMistake as why:
            lines = str(why).split("\n")
            assert all(line.startswith("release.toml:") for line in lines)
            return [line.removeprefix("release.toml:") for line in lines]
        return []

    return told
