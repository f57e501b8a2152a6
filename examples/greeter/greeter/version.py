"""What distinguishes one release of the greeter from the next."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Version:
    """One release: its name, the colour of its page, and whether its health check passes."""

    version: str
    colour: str
    healthy: bool

    @classmethod
    def installed(cls) -> "Version":
        """Read the version that this copy of the greeter is."""
        return cls(**json.loads(Path(__file__).with_name("version.json").read_text(encoding="utf-8")))
