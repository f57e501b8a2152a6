"""The mistakes that no second attempt will mend."""

from traffic.errors import FlipsideError


class ConfigurationError(FlipsideError):
    """What the deployer was given is missing or wrong: a variable, a file, or what stands in it."""
