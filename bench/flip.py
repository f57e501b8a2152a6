"""How long a flip takes until production has moved, when every AWS call takes 40 ms more, against a naive toggle.

    python -m bench.flip [--runs N] [--json]

Both run in the same process, in turn, against the same load balancer in memory. The toggle looks at neither health nor
releases nor tags; the flip looks at all of them before it moves. Exits with 1 when a figure misses its target.
"""

import argparse
import json
import os
import statistics
import sys
import time
from contextlib import redirect_stdout
from io import StringIO

from tests.support.aws import aws_in_memory
from tests.support.container import Container
from tests.support.pipeline_jobs import Jobs, pipeline_jobs
from tests.support.sides import Sides
from tests.support.wire import Call, Delay, Fault

DELAY = 0.040
MOST_SECONDS = 0.105
MOST_RATIO = 0.4
FLIPS = {"flip": "lambdas.flip", "toggle": "tests.support.naive_toggle"}
MOVE = Call("ModifyRule", "production rule", 1)


def flip_once(function: Container, sides: Sides, jobs: Jobs, fault: Fault) -> tuple[float, float]:
    """Seconds until production had moved, and until the job was answered."""
    sides.reset()
    job = jobs.open()
    event = sides.job(job, "v2")
    function.wire.expect(fault)
    started = time.perf_counter()
    with redirect_stdout(StringIO()):
        function.invoke(event)
    answered = time.perf_counter() - started
    if not jobs.succeeded(job):
        sys.exit(f"the flip failed, so there is nothing to measure: {jobs.answer(job)}")
    return function.wire.answered_at[MOVE] - started, answered


def measure(runs: int) -> dict[str, float]:
    """Medians over several runs of each, taken in turn."""
    moved: dict[str, list[float]] = {name: [] for name in FLIPS}
    answered: dict[str, list[float]] = {name: [] for name in FLIPS}
    with aws_in_memory(), pipeline_jobs() as jobs:
        sides = Sides()
        os.environ.update(sides.environment)
        functions = {name: Container(module, sides.names) for name, module in FLIPS.items()}
        for function in functions.values():
            flip_once(function, sides, jobs, Fault())
        for _ in range(runs):
            for name, function in functions.items():
                until_moved, until_answered = flip_once(function, sides, jobs, Delay(DELAY))
                moved[name].append(until_moved)
                answered[name].append(until_answered)
    figures = {f"{name} moved": statistics.median(times) for name, times in moved.items()}
    figures |= {f"{name} answered": statistics.median(times) for name, times in answered.items()}
    return figures | {"ratio moved": figures["flip moved"] / figures["toggle moved"]}


def main() -> int:
    """Measure, print, and compare with the targets."""
    parser = argparse.ArgumentParser(description="time until production has moved")
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.runs)
    met = figures["flip moved"] < MOST_SECONDS and figures["ratio moved"] <= MOST_RATIO
    if arguments.json:
        print(json.dumps({**figures, "met": met}))
        return 0 if met else 1
    print(f"{'ms, every call 40 ms slower':<30}{'flip':>8}{'toggle':>8}{'ratio':>8}  target")
    for what, target in (("moved", f"< {MOST_SECONDS * 1000:.0f} ms, <= {MOST_RATIO}"), ("answered", "")):
        ours, other = figures[f"flip {what}"], figures[f"toggle {what}"]
        print(f"{f'until {what}':<30}{ours * 1000:>8.1f}{other * 1000:>8.1f}{ours / other:>8.2f}  {target}")
    print("met" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
