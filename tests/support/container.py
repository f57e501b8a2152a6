"""A Lambda container: a cold start of its own, with clients of its own."""

import importlib.util
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from tests.support.wire import Wire

# Reads what was logged since it was last asked.
Log = Callable[[], list[Any]]


class Context:
    """What Lambda says of an invocation; time passes only when a test says so."""

    def __init__(self, seconds_left: float = 120.0) -> None:
        self.aws_request_id = str(uuid.uuid4())
        self.seconds_left = seconds_left

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds that are left."""
        return int(self.seconds_left * 1000)


class Container:
    """One function, started cold: its module is executed anew."""

    def __init__(self, module: str, names: Mapping[str, str]) -> None:
        spec = importlib.util.find_spec(module)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(module)
        self.module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        clients = [getattr(self.module, name) for name in ("ELBV2", "CODEPIPELINE") if hasattr(self.module, name)]
        self.wire = Wire(clients, names)

    def invoke(self, event: object, context: Context | None = None) -> None:
        """Run the handler."""
        self.module.handler(event, context or Context())
