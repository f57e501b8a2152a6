"""What a rehearsal takes: time, memory, and requests that fail, on this machine and with the embedded engine.

    python -m bench.rehearse [--json]

Three measurements, one after the other: the whole story as `bin/rehearse --yes` tells it, from the command's start to
the end of its last process; what the load balancer carries (`bench.dataplane`); and a hundred flips behind real
listeners (`bench.flips`). On a busy machine the processor time says more than the clock, so both are told. Exits with 1
when a limit is missed.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench import flips
from bench.processes import MIB, Watched

STORY = (str(Path(__file__).parents[1] / "bin" / "rehearse"), "--yes", "--json", "--engine", "embedded")
CARRIED = (sys.executable, "-m", "bench.dataplane", "--json")


class Figure(NamedTuple):
    """One figure of the story and what it must stay below."""

    name: str
    measured: float
    limit: float
    unit: str = "s"

    @property
    def told(self) -> str:
        """The figure beside its limit."""
        digits = 0 if self.unit == "MiB" else 2
        return f"{self.name:<40}{self.measured:>9.{digits}f} {self.unit:<4} limit {self.limit:g}"


def story() -> dict[str, Any]:
    """Play the story once and watch what it takes."""
    watched = Watched(STORY)
    printed, said = watched.finish()
    if not printed:
        sys.exit(f"the rehearsal said nothing of its releases:\n{said}")
    told = json.loads(printed)
    return {
        "ok": told["ok"] and watched.process.returncode == 0,
        "seconds": watched.seconds,
        "processor": watched.processor,
        "proportional": watched.peak.proportional / MIB,
        "resident": watched.peak.resident / MIB,
        "processes": watched.peak.processes,
        "left": len(watched.left),
        **{name: told[name] for name in ("requests", "failed", "releases", "timings")},
    }


def figures(measured: dict[str, Any]) -> Iterator[Figure]:
    """Hold the story against its limits."""
    yield Figure("the whole story", measured["seconds"], 40)
    for release in measured["releases"]:
        name = release["name"]
        # Of two commits at once the second keeps the first waiting, and a first release has a cluster to make.
        if name == "v2":
            yield Figure(f"{name}: push to testable", release["commit_to_testable"], 6)
        if release["approval_to_live"] is not None:
            yield Figure(f"{name}: approval to live", release["approval_to_live"], 1.5)
    yield Figure("memory of all processes", measured["proportional"], 600, "MiB")


def carried() -> dict[str, Any]:
    """Let the load balancer carry what it can."""
    done = subprocess.run(CARRIED, stdout=subprocess.PIPE, text=True, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def missed(measured: dict[str, Any]) -> Iterator[str]:
    """Say what is not as it must be."""
    told = measured["story"]
    yield from (figure.told for figure in figures(told) if figure.measured >= figure.limit)
    if not told["ok"]:
        yield "the story did not end as it must"
    if told["failed"] or not told["requests"]:
        yield f"{told['failed']} of {told['requests']} requests failed during the story"
    if told["left"]:
        yield f"{told['left']} processes were left behind"
    yield from measured["carried"]["missed"]
    yield from flips.missed(measured["flips"])


def show(measured: dict[str, Any]) -> None:
    """Print everything."""
    told = measured["story"]
    for figure in figures(told):
        print(figure.told)
    print(f"  {told['resident']:.0f} MiB if what {told['processes']} processes share is counted once for each of them")
    print(f"  {told['processor']:.1f} s of processor time, {told['processor'] / told['seconds']:.2f} cores at work")
    print(f"  {told['requests']} requests, {told['failed']} failed; the parts: {parts(told['timings'])}")
    for name, row in measured["carried"]["load"].items():
        print(f"{name:<24}{row['rate']:>7.0f} requests/s, p99 {row['p99'] * 1000:.1f} ms, {row['failed']} failed")
    alone = measured["carried"]["flips"]
    print(f"{alone['flips']} flips of the load balancer alone: {alone['requests']} requests, {alone['failed']} failed")
    flips.show(measured["flips"])


def parts(timings: dict[str, float]) -> str:
    """Say where the story's time went."""
    return ", ".join(f"{name.replace('_', ' ')} {seconds:.1f}" for name, seconds in timings.items())


def main() -> int:
    """Measure, print, and compare with the limits."""
    parser = argparse.ArgumentParser(description="what a rehearsal takes")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if os.getloadavg()[0] > len(os.sched_getaffinity(0)):
        print(f"the machine is busy (load {os.getloadavg()[0]:.1f}): expect worse figures", file=sys.stderr)
    measured: dict[str, Any] = {"story": story(), "carried": carried(), "flips": flips.measure(100)}
    faults = list(missed(measured))
    if arguments.json:
        print(json.dumps({**measured, "ok": not faults, "missed": faults}))
    else:
        show(measured)
    for fault in faults:
        print(f"missed: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
