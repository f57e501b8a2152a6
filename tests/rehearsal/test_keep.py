"""After the story everything stays up: somebody pushes, looks and approves by hand, and ends it with Ctrl-C."""

import json
import os
import signal
import subprocess
import time
from urllib.request import ProxyHandler, build_opener

import boto3

from tests.support.program import program
from tests.support.rehearsals import rehearsals

__all__ = ["program", "rehearsals"]

ENOUGH = 60


def result_of(process):
    """Read the JSON object, which is printed while it stays up."""
    text = ""
    for line in process.stdout:
        text += line if text or line == "{\n" else ""
        if line == "}\n":
            return json.loads(text)
    raise AssertionError("it ended before it printed its result")


def asks(pipeline):
    """Return whether the pipeline waits for an approval."""
    stages = pipeline.get_pipeline_state(name="greeter")["stageStates"]
    runs = [each for stage in stages for each in stage["actionStates"] if each["actionName"] == "Approve"]
    return runs[0]["latestExecution"]["status"] == "InProgress"


def test_it_stays_up_to_be_tried_by_hand(rehearsals):
    process = rehearsals.start("--keep", "--yes", "--json", "--engine", "embedded")
    result = result_of(process)
    kept = result["keep"]
    settings = kept["environment"]
    pipeline = boto3.client(
        "codepipeline",
        endpoint_url=kept["endpoint"],
        region_name=settings["AWS_REGION"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
    )

    assert result["ok"]
    open_it = build_opener(ProxyHandler({})).open
    assert json.load(open_it(f"{kept['production']}api"))["version"] == "v4"
    assert json.load(open_it(f"{kept['test']}api"))["version"] == "v5"
    person = {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    for command in (["commit", "--quiet", "--allow-empty", "-m", "one more"], ["push", "--quiet", "origin", "HEAD"]):
        subprocess.run(["git", *command], cwd=kept["copy"], env={**os.environ, **person}, check=True)
    deadline = time.monotonic() + ENOUGH
    while not asks(pipeline):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    # `communicate` would miss what came along with the result.
    with process.stdout:
        rest = process.stdout.read()

    assert process.wait(ENOUGH) == 0
    assert f"git remote {kept['remote']}" in rest
    assert rehearsals.left() == []


def test_a_no_at_the_terminal_is_passed_on(program):
    answers = [("Approve v1? [y/N] ", "y"), ("Approve v2? [y/N] ", "n")]

    code, screen = program.typed("rehearse", "--engine", "embedded", answers=answers)

    assert code == 1
    assert "v2 was declined, so the story ends here." in screen
    assert "Live: " in screen
