"""Names every function, class, method and variable of the product that nothing in the product uses.

Imports are left to ruff: a type that is named only in a quoted annotation is used, and vulture cannot see that. An
attribute that is only set is mostly one of somebody else's object, who reads it.
"""

import sys

from vulture import Vulture
from vulture.config import make_config


def main() -> int:
    """Print what is dead, with its place; 1 when anything is."""
    config = make_config([])
    reader = Vulture(ignore_names=config["ignore_names"], ignore_decorators=config["ignore_decorators"])
    reader.scavenge(config["paths"], exclude=config["exclude"])
    dead = [
        item for item in reader.get_unused_code(config["min_confidence"]) if item.typ not in {"import", "attribute"}
    ]
    for item in dead:
        print(item.get_report())
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
