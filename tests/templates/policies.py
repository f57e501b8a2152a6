"""Every policy of every template, wherever in a resource it stands."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.support.project import ROOT
from tests.templates import samples

SECURITY = ROOT / "docs" / "security.md"


class Statement(NamedTuple):
    """A statement and where it stands."""

    place: str
    kind: str
    body: dict[str, Any]

    @property
    def allows(self) -> bool:
        """Whether it grants anything."""
        return self.body["Effect"] == "Allow"

    @property
    def actions(self) -> list[str]:
        """What it is about."""
        given = self.body["Action"]
        return [given] if isinstance(given, str) else given

    @property
    def resources(self) -> list[Any]:
        """On what."""
        given = self.body.get("Resource", [])
        return given if isinstance(given, list) else [given]

    @property
    def unscoped(self) -> bool:
        """Whether it reaches everything. In a key's own policy the asterisk is that key."""
        return "*" in self.resources and self.kind != "AWS::KMS::Key"


def statements() -> Iterator[Statement]:
    """Yield every statement of every template of every settings file."""
    for name, stack in samples.every_template():
        for title, resource in samples.templates(name)[stack]["Resources"].items():
            for body in _statements(resource["Properties"]):
                yield Statement(f"{name}/{stack}/{title}", resource["Type"], body)


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield from value.get("Statement", [])
        for inner in value.values():
            yield from _statements(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _statements(inner)


def documented() -> set[str]:
    """Return the actions that docs/security.md gives a reason for being allowed on everything."""
    rows = [line.split("|") for line in SECURITY.read_text().splitlines() if line.startswith("| `")]
    return {word.strip("`") for row in rows for word in row[1].replace(",", " ").split() if ":" in word}
