"""The one family of errors that people are shown: a sentence that says what, where, and what would be valid."""


class FlipsideError(Exception):
    """Something failed, and the message says what in words for a person."""


class Refused(FlipsideError):
    """What was asked is not allowed by the state of the world; nothing was changed."""
