import io
import re

import pytest

from pipeline.clock import Clock
from pipeline.launch import views
from pipeline.launch.follow import Follower
from pipeline.terminal import Terminal
from tests.support.cloudformation import FakeCloudFormation, Step, SteppingClock

TOPIC = "AWS::SNS::Topic"
STEPS = [
    Step(0, "", "CREATE_IN_PROGRESS"),
    Step(1, "Network", "CREATE_IN_PROGRESS"),
    Step(1, "Network!", "CREATE_IN_PROGRESS"),
    Step(2, "Network/Vpc", "CREATE_COMPLETE", "AWS::EC2::VPC"),
    Step(9, "Network", "CREATE_COMPLETE"),
    Step(10, "Pipeline", "CREATE_IN_PROGRESS"),
    Step(10, "Pipeline!", "CREATE_IN_PROGRESS"),
    Step(11, "Pipeline/Topic", "CREATE_IN_PROGRESS", TOPIC),
    Step(31, "Pipeline/Topic", "CREATE_FAILED", TOPIC, "Topic already exists"),
    Step(32, "Pipeline!", "CREATE_FAILED"),
    Step(33, "Pipeline", "CREATE_FAILED", reason="Embedded stack was not successfully created"),
    Step(34, "", "ROLLBACK_IN_PROGRESS"),
    Step(35, "", "ROLLBACK_COMPLETE"),
]


class Screen(io.StringIO):
    """A terminal whose pictures can be read."""

    encoding = "utf-8"

    def isatty(self):
        return True

    def pictures(self):
        """The frames, the way they were drawn one over the other."""
        return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", frame) for frame in self.getvalue().split("\x1b[2K")]


@pytest.fixture
def watch(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")

    def play(screen):
        time = SteppingClock()
        aws = FakeCloudFormation(time)
        clock = Clock(time.now, time.sleep)
        stack = aws.under_way("greeter", STEPS)
        view = views.for_terminal(Terminal(screen, io.StringIO(), colour=False), clock)
        Follower(aws, clock, view).follow(stack.id, stack.name, "")
        return screen.getvalue() if not isinstance(screen, Screen) else screen.pictures()

    return play


def test_the_last_picture_spells_out_what_failed_and_counts_what_is_done(watch):
    drawn = [line.rstrip() for line in "\n".join(watch(Screen())).splitlines() if line.strip()]

    assert drawn[-4:] == [
        "↩ greeter ROLLBACK_COMPLETE  2 done  35s",
        "├── ✔ Network CREATE_COMPLETE  1 done  8s",
        "└── ✖ Pipeline CREATE_FAILED  1 done  23s",
        "    └── ✖ Topic CREATE_FAILED  AWS::SNS::Topic  Topic already exists",
    ]


def test_while_something_is_at_work_its_time_is_shown(watch):
    drawn = "\n".join(watch(Screen()))

    assert re.search(r"… Topic CREATE_IN_PROGRESS  AWS::SNS::Topic  1\ds", drawn)


def test_a_log_gets_lines(watch):
    assert "31s  greeter/Pipeline/Topic  CREATE_FAILED  AWS::SNS::Topic  Topic already exists" in watch(io.StringIO())


def test_a_terminal_that_cannot_draw_gets_lines(watch):
    class Old(Screen):
        encoding = "iso-8859-1"

    assert "greeter/Pipeline/Topic  CREATE_FAILED" in "\n".join(watch(Old()))
