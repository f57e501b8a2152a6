"""What remains when a rehearsal is over: the figures for a person, and the same for a script."""

from typing import Any

from rich.table import Table
from rich.text import Text

from pipeline.launch.views import console
from pipeline.rehearse.board import Board, Release
from pipeline.terminal import Terminal

NOTHING = "-"


def told(board: Board, report: dict[str, Any], *, error: str = "", **facts: Any) -> dict[str, Any]:
    """Return everything that was found, as a script reads it."""
    production = report.get("production", {})
    return {
        "ok": board.ok() and not error,
        **({"error": error} if error else {}),
        **facts,
        "requests": production.get("requests", 0),
        "failed": production.get("failed", 0),
        "latency_ms": {"p50": production.get("p50_ms", 0.0), "p99": production.get("p99_ms", 0.0)},
        "releases": [release.told() for release in board.releases],
        "expectations": [
            {"sentence": each.sentence, "ok": each.held, "evidence": each.evidence} for each in board.expectations
        ],
        "timings": board.timings,
    }


def show(terminal: Terminal, board: Board, result: dict[str, Any]) -> None:
    """Print the summary."""
    drawn = console(terminal)
    drawn.print()
    drawn.print(_releases(board.releases))
    for each in board.expectations:
        if not each.held:
            drawn.print(Text(f"FAILED  {each.sentence}", "bold red"))
            drawn.print(Text(f"        {each.evidence}", "red"))
    drawn.print(Text(_conclusion(board, result), "bold green" if result["ok"] else "bold red"))


def _conclusion(board: Board, result: dict[str, Any]) -> str:
    held = f"{sum(each.held for each in board.expectations)} of {len(board.expectations)} expectations held"
    rest = f"{result['requests']} requests, {result['failed']} failed; {board.elapsed:.1f} s in all."
    if "error" not in result:
        return f"{held}; {rest}"
    return f"{result['error']}\nSo the story ended early. Until then {held}; {rest}"


def _releases(releases: list[Release]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("release")
    table.add_column("outcome")
    for name in ("commit to testable", "commit to approval", "approval to live", "requests", "failed"):
        table.add_column(name, justify="right")
    for each in releases:
        figures = [each.commit_to_testable, each.commit_to_approval, each.approval_to_live]
        failed = Text(str(each.failed), "bold red" if each.failed else "")
        table.add_row(each.name, each.outcome, *map(_seconds, figures), str(each.requests), failed)
    return table


def _seconds(seconds: float | None) -> str:
    return NOTHING if seconds is None else f"{seconds:.2f} s"
