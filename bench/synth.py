"""How long `flipside synth` takes, and how much memory: the whole process, from its start to its exit.

    python bench/synth.py [--runs 15] [--config release.toml]

Exits with 1 if the median run is over a limit.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS, MEBIBYTES = 0.5, 60
RELEASE = 'app = "greeter"\n[source]\nprovider = "codecommit"\nrepository = "greeter"\n'


@dataclass(frozen=True)
class Run:
    """One process."""

    seconds: float
    processor: float
    mebibytes: float


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--config", type=Path, help="the settings (default: the smallest that there are)")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = args.config or Path(folder, "release.toml")
        if args.config is None:
            config.write_text(RELEASE)
        out = Path(folder, "out")
        # The first run compiles and reads from the disk what all others find ready.
        runs = [synth(config, out) for _ in range(args.runs + 1)][1:]
        print(f"{resources(out)} resources in {len(list(out.glob('*.json')))} templates, {args.runs} runs")
    return judged(runs)


def synth(config: Path, out: Path) -> Run:
    """Run the program once."""
    command = [sys.executable, "-m", "pipeline", "synth", "--config", str(config), "--out", str(out)]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"synth ended with {process.returncode}")
    return Run(took, used.ru_utime + used.ru_stime, used.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024))


def resources(out: Path) -> int:
    """Count what the templates would create."""
    return sum(len(json.loads(path.read_bytes())["Resources"]) for path in out.glob("*.json"))


def judged(runs: list[Run]) -> int:
    """Print the figures; say whether they are within the limits."""
    seconds, mebibytes = [run.seconds for run in runs], [run.mebibytes for run in runs]
    time_used, memory_used = statistics.median(seconds), max(mebibytes)
    print(f"wall: median {time_used:.3f} s, best {min(seconds):.3f} s, worst {max(seconds):.3f} s (limit {SECONDS} s)")
    print(f"processor: median {statistics.median(run.processor for run in runs):.3f} s")
    print(f"peak memory: {memory_used:.1f} MiB (limit {MEBIBYTES} MiB)")
    return int(time_used > SECONDS or memory_used > MEBIBYTES)


if __name__ == "__main__":
    sys.exit(main())
