"""What a person sees."""

import io

from rich.console import Console

from pipeline.ask import Asker
from pipeline.rehearse.board import Board, Expectation, Release, SideSeen
from pipeline.rehearse.load import Ticker
from pipeline.rehearse.summary import show, told
from pipeline.rehearse.view import Lines, picture
from pipeline.rehearse.watching import Action, Seen, Stage
from pipeline.terminal import Terminal


def drawn(board):
    console = Console(file=io.StringIO(), width=160)
    console.print(picture(board))
    return console.file.getvalue()


def board():
    release = Stage(
        "Release",
        "e1",
        "InProgress",
        ("e2",),
        (Action("Deploy", "Succeeded"), Action("Approve", "InProgress", token="t"), Action("Flip", "Succeeded")),
    )
    return Board(
        pipeline=Seen((Stage("Source", "e1", "Succeeded", (), ()), release)),
        sides=(
            SideSeen("Code1", True, "0123456789abcdef", "v1", 3),
            SideSeen("Code2", False, "fedcba9876543210", "v2", 2, ("initial",)),
        ),
        places=("http://127.1.0.1:80/", "http://127.1.0.1:8080/"),
        ticker=Ticker(requests=1234, failed=2, rate=199.6, last_failure="/api: status 502"),
        doing="waiting for v2",
    )


def test_the_picture_shows_stages_sides_and_traffic():
    seen = drawn(board())

    assert "✔ Deploy" in seen
    assert "… Approve?" in seen
    assert "· Flip" in seen
    assert "1 waiting in front" in seen
    assert "200 requests/s" in seen
    assert "2 failed (/api: status 502)" in seen
    (live,) = (line for line in seen.splitlines() if "Code1" in line)
    (idle,) = (line for line in seen.splitlines() if "Code2" in line)
    assert ("LIVE" in live, "v1" in live, "3 healthy" in live) == (True, True, True)
    assert ("idle" in idle, "v2" in idle, "2 healthy, initial" in idle) == (True, True, True)


def test_before_anything_is_there_the_picture_says_what_goes_on():
    assert "launching" in drawn(Board(doing="launching"))


def test_off_a_terminal_each_step_is_a_line():
    out = io.StringIO()
    terminal = Terminal(out, io.StringIO(), colour=False)
    lines = Lines(terminal, Board(), Asker(terminal, yes=True))

    lines.say("one\ntwo")

    assert [line.split(" s  ")[1] for line in out.getvalue().splitlines()] == ["one", "two"]
    assert lines.consent("Approve?")


def test_the_summary_names_what_failed():
    out = io.StringIO()
    ended = board()
    ended.releases = [Release("v1", "v1: blue", outcome="live", approval_to_live=0.0712, requests=10)]
    ended.expectations = [Expectation("All is well", held=True), Expectation("Nobody failed", False, "status 502")]
    result = told(ended, {"production": {"requests": 10, "failed": 1, "p50_ms": 1.0, "p99_ms": 2.0}}, engine="embedded")
    show(Terminal(out, io.StringIO(), colour=False), ended, result)

    assert result["ok"] is False
    assert result["releases"][0]["approval_to_live"] == 0.071
    assert "FAILED  Nobody failed" in out.getvalue()
    assert "status 502" in out.getvalue()
    assert "1 of 2 expectations held; 10 requests, 1 failed" in out.getvalue()
    assert "0.07 s" in out.getvalue()


def test_an_error_is_never_a_success():
    ended = board()
    ended.expectations = [Expectation("All is well", held=True)]

    assert told(ended, {})["ok"] is True
    assert told(ended, {}, error="it broke")["ok"] is False
