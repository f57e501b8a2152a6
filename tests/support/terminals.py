"""Terminals and log files for tests: what was said can be read, what will be answered is written down first."""

import io

from pipeline.terminal import Terminal


class Screen(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self):
        return True


def a_log():
    """A terminal nobody sits at."""
    return Terminal(io.StringIO(), io.StringIO(), colour=False)


def somebody(*answers):
    """A terminal at which somebody gives these answers."""
    return Terminal(Screen(), Screen("".join(f"{answer}\n" for answer in answers)), colour=False)
