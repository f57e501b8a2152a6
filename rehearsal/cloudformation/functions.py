"""The intrinsic functions that need nothing but their arguments."""

import base64
import ipaddress
import itertools
import json
from typing import Any

from rehearsal.cloudformation.errors import ValidationError
from rehearsal.cloudformation.shaping import text


def wrong(function: str, why: str) -> ValidationError:
    """Word a misuse."""
    return ValidationError(f"Template error: {function} {why}")


def join(arguments: Any) -> str:
    """Put texts together."""
    if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[1], list):
        raise wrong(
            "every Fn::Join object", "requires two parameters, (1) a string delimiter and (2) a list of strings"
        )
    return str(arguments[0]).join(text(item) for item in arguments[1])


def split(arguments: Any) -> list[str]:
    """Take a text apart."""
    if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[1], str):
        raise wrong("every Fn::Split object", "requires two parameters, (1) a string delimiter and (2) a string")
    return arguments[1].split(str(arguments[0]))


def select(arguments: Any) -> Any:
    """Return one of a list."""
    if not isinstance(arguments, list) or len(arguments) != 2 or not isinstance(arguments[1], list):
        raise wrong("Fn::Select", "requires a list argument with two elements: an integer index and a list")
    position, items = int(arguments[0]), arguments[1]
    if not 0 <= position < len(items):
        raise wrong("Fn::Select", f"cannot select nonexistent value at index {position}")
    return items[position]


def encode(argument: Any) -> str:
    """Return Base64."""
    return base64.b64encode(text(argument).encode()).decode()


def cidr(arguments: Any) -> list[str]:
    """Cut an address block into smaller ones."""
    if not isinstance(arguments, list) or len(arguments) not in (2, 3):
        raise wrong("Fn::Cidr", "requires an address block, a count, and optionally the number of host bits")
    block = ipaddress.ip_network(str(arguments[0]))
    bits = int(arguments[2]) if len(arguments) == 3 else 8
    count = int(arguments[1])
    parts = [str(part) for part in itertools.islice(block.subnets(new_prefix=block.max_prefixlen - bits), count)]
    if len(parts) < count:
        raise wrong("Fn::Cidr", f"cannot make {count} blocks of {bits} host bits out of {block}")
    return parts


def length(argument: Any) -> int:
    """Return how many items a list has."""
    if not isinstance(argument, list):
        raise wrong("Fn::Length", "requires a list")
    return len(argument)


def to_json(argument: Any) -> str:
    """Return JSON text."""
    return json.dumps(argument, separators=(",", ":"))


PURE = {
    "Fn::Join": join,
    "Fn::Split": split,
    "Fn::Select": select,
    "Fn::Base64": encode,
    "Fn::Cidr": cidr,
    "Fn::Length": length,
    "Fn::ToJsonString": to_json,
}
EXTENDED = frozenset({"Fn::Length", "Fn::ToJsonString"})
