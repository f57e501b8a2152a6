"""The cluster stack as CloudFormation sees it: it knows what it was last given, and nothing of who is live."""

from tests.support.sides import Sides


class Stack:
    """Two sides pinned by parameters; only what differs from the last template values is written."""

    def __init__(self, sides: Sides, parameters: dict[str, str]) -> None:
        self.sides = sides
        self.parameters = parameters
        for side in ("Code1", "Code2"):
            self._write(side, parameters)

    def update(self, parameters: dict[str, str], *, fails: bool) -> None:
        """Deploy; a failed deployment restores what the template said before, the `IsProduction` tags included."""
        changed = [side for side in ("Code1", "Code2") if _tags(side, parameters) != _tags(side, self.parameters)]
        for side in changed:
            self._write(side, parameters)
        if not fails:
            self.parameters = parameters
            return
        for side in reversed(changed):
            self._write(side, self.parameters)

    def _write(self, side: str, parameters: dict[str, str]) -> None:
        self.sides.tag(side, **_tags(side, parameters))


def _tags(side: str, parameters: dict[str, str]) -> dict[str, str]:
    return {
        "Identifier": side,
        "Image": parameters[side],
        "Package": parameters[f"{side}Package"],
        "IsProduction": "true" if parameters["Live"] == side else "false",
    }
