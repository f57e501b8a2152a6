"""Pieces of templates."""

from typing import Any


def thing(**properties: Any) -> dict[str, Any]:
    """Return a resource of the staged type."""
    after = properties.pop("after", None)
    made: dict[str, Any] = {"Type": "AWS::Stage::Thing", "Properties": properties}
    return {**made, "DependsOn": after} if after else made
