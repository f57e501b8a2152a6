"""The environment variables by which the pipeline tells the deployer what to do."""

import os

from deployer.errors import ConfigurationError


def required(name: str, meaning: str) -> str:
    """Return the variable's value, or say what it should have held."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise ConfigurationError(f"The environment variable {name} is missing or empty; it holds {meaning}.")
    return value


def port(name: str, meaning: str) -> int:
    """Return the variable's value as a port."""
    value = required(name, meaning)
    if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= 65535):
        raise ConfigurationError(f"{name} is {value!r}; it holds {meaning}, a number from 1 to 65535.")
    return int(value)
