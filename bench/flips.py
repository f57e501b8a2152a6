"""What clients notice of a hundred flips of the sample application, behind the rehearsal's real listeners.

    python -m bench.flips [--flips N] [--json]

A rehearsal is kept up after its story, when both sides run a release of their own. Then the code of the flip's Lambda
makes the idle side live, again and again, while two hundred requests a second come over connections that stay open,
over one that is new each time, and from two clients whose answers take a second and so are under way during every flip.
The time is that from asking for the flip to the end of the first answer of the other release. Exits with 1 when a
request failed or was cut off.
"""

import argparse
import itertools
import json
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3

from pipeline.rehearse.before import sample
from pipeline.rehearse.cloud import CONFIG, Place
from pipeline.rehearse.load import SLOW_CLIENTS, Load
from traffic.discovery import discover
from traffic.promote import promote

COMMAND = (str(Path(__file__).parents[1] / "bin" / "rehearse"), "--yes", "--json", "--keep", "--engine", "embedded")
PRODUCTION, RATE, PATIENCE = "production", 200.0, 10.0
PAUSE = 0.005
QUIET = subprocess.DEVNULL


@contextmanager
def kept_up() -> Iterator[dict[str, Any]]:
    """Play the story and keep what it leads to; tell how it went."""
    process = subprocess.Popen(COMMAND, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=QUIET, text=True)
    try:
        yield _result(process)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def _result(process: "subprocess.Popen[str]") -> dict[str, Any]:
    text = ""
    for line in process.stdout or ():
        text += line
        # The object is printed over many lines, and only its end is not indented.
        if line.startswith("}"):
            told: dict[str, Any] = json.loads(text)
            return told
    sys.exit("the rehearsal ended before it was kept up, so there is nothing to measure")


def measure(number: int) -> dict[str, Any]:
    """Move production back and forth under load, and count."""
    with kept_up() as told, Load() as load:
        url = urlsplit(told["keep"]["production"])
        place = Place(url.hostname or "", url.port or 0)
        load.call(PRODUCTION, place, "/api", rate=RATE)
        load.call(PRODUCTION, place, "/slow?seconds=1", rate=0, clients=SLOW_CLIENTS)
        versions = {release["outcome"]: release["name"] for release in told["releases"]}
        live, idle = versions["live"], versions["rejected"]
        _answered(load, live, 0.0)
        times = _moved(_client(told["keep"]), load, [idle, live] * (number // 2))
        counted = load.report()[PRODUCTION]
    why = [failure for period in counted["periods"] for failure in period["failures"]]
    figures = {"flips": len(times), "median": statistics.median(times), "slowest": max(times)}
    return {**figures, "requests": counted["requests"], "failed": counted["failed"], "why": why}


def missed(flips: dict[str, Any]) -> Iterator[str]:
    """Say what is not as it must be; a request whose connection was reset has failed."""
    if flips["failed"] or not flips["requests"]:
        why = "; ".join(flips["why"])
        yield f"{flips['failed']} of {flips['requests']} requests failed during {flips['flips']} flips: {why}"


def show(flips: dict[str, Any]) -> None:
    """Print the figures."""
    times = f"live after {flips['median'] * 1000:.0f} ms (median), {flips['slowest'] * 1000:.0f} ms (slowest)"
    print(f"{flips['flips']} flips, {times}; {flips['requests']} requests, {flips['failed']} failed or reset")


def _client(kept: dict[str, Any]) -> Any:
    given = kept["environment"]
    session = boto3.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")
    return session.client("elbv2", endpoint_url=kept["endpoint"], config=CONFIG)


def _moved(elbv2: Any, load: Load, versions: list[str]) -> list[float]:
    settings = sample("embedded")
    found = discover(elbv2, settings.app, settings.listener.production, settings.listener.test)
    if found is None or found.live.release is None or found.idle.release is None:
        sys.exit("not both sides run a release, so there is nothing to flip")
    turns = itertools.cycle([found.idle.release, found.live.release])
    times = []
    for version, wanted in zip(versions, turns, strict=False):
        asked = time.monotonic()
        if not promote(elbv2, found.junction, wanted).moved:
            sys.exit(f"production was on {version} already, before it was moved there")
        times.append(_answered(load, version, asked) - asked)
    return times


def _answered(load: Load, version: str, since: float) -> float:
    deadline = time.monotonic() + PATIENCE
    while (moment := load.seen(PRODUCTION, version, since)) is None:
        if time.monotonic() > deadline:
            sys.exit(f"nobody got an answer of {version} for {PATIENCE:.0f} s")
        time.sleep(PAUSE)
    return moment


def main() -> int:
    """Measure, print, and compare with what must be."""
    parser = argparse.ArgumentParser(description="flip the sample application under load")
    parser.add_argument("--flips", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.flips)
    faults = list(missed(figures))
    if arguments.json:
        print(json.dumps({**figures, "missed": faults}))
    else:
        show(figures)
    for fault in faults:
        print(f"missed: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
