"""Where the words go: to stdout, or, when a script reads its result there, to stderr."""

import json
import os
import sys
from dataclasses import dataclass
from typing import TextIO

STYLES = {"": "", "strong": "1", "good": "32", "bad": "31", "loud": "1;33", "faint": "2"}


@dataclass(frozen=True)
class Terminal:
    """A person to talk to, or the log file that stands in for one."""

    out: TextIO
    source: TextIO
    colour: bool

    @classmethod
    def standard(cls, *, to_stderr: bool, colour: bool) -> "Terminal":
        """Talk to whoever started the program."""
        out = sys.stderr if to_stderr else sys.stdout
        wanted = colour and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(out, sys.stdin, wanted and out.isatty())

    @property
    def watched(self) -> bool:
        """Whether what is written can be redrawn."""
        return self.out.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def answers(self) -> bool:
        """Whether there is anybody to ask."""
        return self.source.isatty() and self.out.isatty()

    def say(self, text: str = "", style: str = "") -> None:
        """Write a line."""
        codes = STYLES[style]
        painted = f"\x1b[{codes}m{text}\x1b[0m" if self.colour and codes else text
        self.out.write(painted + "\n")
        self.out.flush()

    def ask(self, question: str) -> str | None:
        """Write a question and return the line that was typed, or None when there will be no more lines."""
        self.out.write(question)
        self.out.flush()
        line = self.source.readline()
        if not line:
            self.out.write("\n")
            return None
        return line.strip()


def print_json(value: object) -> None:
    """Write the result that a script reads."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")
    sys.stdout.flush()
