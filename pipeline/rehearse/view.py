"""What a person sees while a rehearsal runs: a live picture on a terminal, a line for each step in a log."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from pipeline.ask import Asker
from pipeline.launch.views import console
from pipeline.rehearse.board import Board, SideSeen
from pipeline.rehearse.watching import RUNNING, Action, Stage
from pipeline.terminal import STYLES, Terminal

MARKS = {
    "Succeeded": ("✔", "green"),
    "Failed": ("✖", "bold red"),
    "Abandoned": ("✖", "red"),
    "InProgress": ("…", "cyan"),
    "Stopped": ("✖", "red"),
    "": ("·", "dim"),
}
PAINT = {"": "", "strong": "bold", "good": "green", "bad": "bold red", "loud": "bold yellow", "faint": "dim"}
LONGEST_DOING = 100


def for_terminal(terminal: Terminal, board: Board, asker: Asker) -> "Lines | Screen":
    """Return the picture for somebody who watches, lines for a log and for a terminal that cannot draw."""
    drawable = terminal.watched and "utf" in (terminal.out.encoding or "").lower()
    return Screen(terminal, board, asker) if drawable else Lines(terminal, board, asker)


@dataclass
class Lines:
    """A line for each step, with the seconds since the beginning."""

    terminal: Terminal
    board: Board
    asker: Asker

    def say(self, text: str, style: str = "") -> None:
        """Write a line, or several."""
        for line in text.splitlines():
            self.terminal.say(f"{self.board.elapsed:6.1f} s  {line}", style)

    def consent(self, question: str) -> bool:
        """Ask."""
        return self.asker.consent(question)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Nothing changes that has been written."""
        yield


@dataclass
class Screen:
    """The lines, and below them a picture that is drawn again and again."""

    terminal: Terminal
    board: Board
    asker: Asker
    console: Console = field(init=False)
    _live: Live | None = None

    def __post_init__(self) -> None:
        """Find out what can be drawn."""
        self.console = console(self.terminal)

    def say(self, text: str, style: str = "") -> None:
        """Write a line above the picture."""
        assert set(PAINT) == set(STYLES)  # noqa: S101 - both name the same styles, or the table above is wrong
        for line in text.splitlines():
            self.console.print(Text.assemble((f"{self.board.elapsed:6.1f} s  ", "dim"), (line, PAINT[style])))

    def consent(self, question: str) -> bool:
        """Ask, with the picture standing still meanwhile."""
        live, self._live = self._live, None
        if live:
            live.stop()
        try:
            return self.asker.consent(question)
        finally:
            if live:
                self._live = live
                live.start()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Draw the picture, for as long as this lasts."""
        self._live = Live(
            console=self.console,
            get_renderable=lambda: picture(self.board),
            refresh_per_second=8,
            transient=True,
            vertical_overflow="ellipsis",
        )
        self._live.start()
        try:
            yield
        finally:
            live, self._live = self._live, None
            if live:
                live.stop()


def picture(board: Board) -> RenderableType:
    """Draw the board."""
    parts: list[RenderableType] = [Text()]
    if board.pipeline:
        parts += [_stages(board.pipeline.stages), Text()]
    if board.sides:
        parts += [_sides(board.sides), Text()]
    parts.append(_traffic(board))
    parts.append(Text(board.doing[:LONGEST_DOING], "dim"))
    return Group(*parts)


def _stages(stages: tuple[Stage, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    for stage in stages:
        row = Text.assemble(*_marked(stage.status, stage.name, "bold"))
        actions = Text("  ").join([_action(action) for action in _of_this_run(stage)])
        waits = Text(f"{len(stage.waiting)} waiting in front" if stage.waiting else "", "yellow")
        table.add_row(row, actions, waits)
    return table


def _of_this_run(stage: Stage) -> list[Action]:
    """Return the actions, without what an earlier run left behind the one that is at work now."""
    working = [place for place, action in enumerate(stage.actions) if action.status == RUNNING]
    if not working:
        return list(stage.actions)
    return [*stage.actions[: working[-1] + 1], *(Action(each.name) for each in stage.actions[working[-1] + 1 :])]


def _action(action: Action) -> Text:
    asks = action.token and action.status == RUNNING
    return Text.assemble(*_marked(action.status, f"{action.name}?" if asks else action.name, "yellow" if asks else ""))


def _marked(status: str, name: str, style: str) -> tuple[tuple[str, str], tuple[str, str]]:
    mark, colour = MARKS.get(status, MARKS[""])
    return (f"{mark} ", colour), (name, style or ("" if status else "dim"))


def _sides(sides: tuple[SideSeen, ...]) -> Table:
    table = Table.grid(padding=(0, 2))
    for side in sides:
        role = Text("LIVE", "bold green") if side.live else Text("idle", "dim")
        others = ", ".join(side.others)
        health = Text(f"{side.healthy} healthy", "green" if side.healthy else "red")
        health.append(f", {others}" if others else "", "yellow")
        table.add_row(Text(side.identifier, "bold"), role, escape(side.version), Text(side.release[:12], "dim"), health)
    return table


def _traffic(board: Board) -> Text:
    line = Text(f"{board.elapsed:5.1f} s", "bold")
    if board.ticker is None:
        return line
    ticker = board.ticker
    line.append(f"   {ticker.rate:4.0f} requests/s   {ticker.requests} requests   ")
    line.append(f"{ticker.failed} failed", "bold red" if ticker.failed else "green")
    if ticker.last_failure:
        line.append(f" ({ticker.last_failure})", "red")
    line.append(f"   {board.places[0]}  test {board.places[1]}", "dim")
    return line
