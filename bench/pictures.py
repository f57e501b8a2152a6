"""Draws the pictures of the documentation from a rehearsal as it really runs.

    python -m bench.pictures

Writes docs/images/rehearse.svg, the terminal while the second release waits for its approval, and docs/images/page.png,
the page at that moment (with Chromium and its driver installed; otherwise it is left as it is, and said).
"""

import sys
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from pipeline.ask import Asker
from pipeline.rehearse.performance import Performance, Wishes
from pipeline.rehearse.view import PAINT, Lines, picture
from pipeline.terminal import Terminal
from tests.support.browser import MISSING, browser

IMAGES = Path(__file__).parent.parent / "docs" / "images"
WIDTH = 118
# The terminal shows this many of the lines that led there.
LINES = 14


@dataclass
class Easel(Lines):
    """Tells the story as a log does, and draws it when the second approval is asked for."""

    endpoint: str = ""
    asked: int = 0
    told: list[Text] = field(default_factory=list)

    def say(self, text: str, style: str = "") -> None:
        """Keep the lines for the picture."""
        super().say(text, style)
        self.told += [
            Text.assemble((f"{self.board.elapsed:6.1f} s  ", "dim"), (line, PAINT[style])) for line in text.splitlines()
        ]
        if " answers at " in text:
            self.endpoint = text.split(" answers at ")[1].split(";", maxsplit=1)[0]

    def consent(self, question: str) -> bool:
        """Draw, and agree."""
        self.asked += 1
        if self.asked == 2:
            self.draw(question)
        return super().consent(question)

    def draw(self, question: str) -> None:
        """Write both pictures."""
        IMAGES.mkdir(exist_ok=True)
        terminal = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True, highlight=False)
        terminal.print(Text("$ bin/rehearse", "bold"))
        for line in self.told[-LINES:]:
            terminal.print(line, no_wrap=True, overflow="ellipsis")
        terminal.print(picture(self.board))
        terminal.print(Text(f"{question} [y/N] ", "bold"))
        terminal.save_svg(str(IMAGES / "rehearse.svg"), title="bin/rehearse", theme=MONOKAI)
        if MISSING:
            sys.stdout.write(f"docs/images/page.png is left as it is: {MISSING}\n")
            return
        with TemporaryDirectory() as home, browser(Path(home)) as window:
            window.go(f"{self.endpoint}/_rehearsal/")
            window.seen("button", "Approve")
            window.picture(IMAGES / "page.png")


def main() -> int:
    """Rehearse once."""
    asker = Asker(Terminal(sys.stdout, sys.stdin, colour=False), yes=True)
    performance = Performance(Wishes(engine="embedded"), asker)
    performance.view = Easel(asker.terminal, performance.board, asker)
    return 0 if performance.perform() else 1


if __name__ == "__main__":
    sys.exit(main())
