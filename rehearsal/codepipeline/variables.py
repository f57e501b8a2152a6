"""Variables in an action's configuration: `#{Namespace.Name}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REFERENCE = re.compile(r"#\{([A-Za-z0-9@\-_]+)\.([A-Za-z0-9@\-_]+)\}")
# The namespaces that exist in every execution; an action cannot take them.
RESERVED = ("codepipeline", "variables")


def references(text: str) -> list[tuple[str, str]]:
    """Return the variables that a text refers to."""
    return REFERENCE.findall(text)


def resolve(
    configuration: Mapping[str, str], known: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, str], list[str]]:
    """Return the configuration with the variables' values in place, and the references that have none."""
    missing: list[str] = []

    def value(found: re.Match[str]) -> str:
        namespace, name = found.groups()
        if name in known.get(namespace, {}):
            return known[namespace][name]
        missing.append(found.group())
        return found.group()

    resolved = {key: REFERENCE.sub(value, text) for key, text in configuration.items()}
    return resolved, missing
