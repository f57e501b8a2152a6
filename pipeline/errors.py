"""What the user got wrong, told apart from what failed."""

from traffic.errors import FlipsideError


class UserMistake(FlipsideError):
    """What was asked or written cannot be carried out as it stands (exit code 2); the message says what is valid."""
