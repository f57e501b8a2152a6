"""JMESPath, with types."""

import importlib
from collections.abc import Mapping
from typing import Any

_jmespath: Any = importlib.import_module("jmespath")


def found(expression: str, document: Mapping[str, Any]) -> Any:
    """Return what the expression finds in the document, or None."""
    return _jmespath.search(expression, document)
