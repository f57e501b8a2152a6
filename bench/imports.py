"""What the flip's cold start costs beyond botocore itself, making the same two clients.

    python -m bench.imports [--pairs N] [--json]

Each pair is two fresh processes, in alternating order, and its ratio is taken of the two. Processor time is what is
compared, since importing is work of a single thread and nothing else of the machine should count; the wall clock's
figures are printed beside it. Exits with 1 when the median ratio misses its target.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from lambdas import clients

MOST_RATIO = 1.05
ROOT = Path(__file__).parent.parent
CLOCK = "import time; wall, cpu = time.perf_counter(), time.process_time()\n"
REPORT = "\nprint(time.perf_counter() - wall, time.process_time() - cpu)"
FLIP = "import lambdas.flip"
# The same clients with the same settings, and nothing else.
BOTOCORE = f"""
from botocore.config import Config
from botocore.session import Session
session = Session()
for service, attempts in (("elbv2", {clients.ELBV2_ATTEMPTS}), ("codepipeline", {clients.CODEPIPELINE_ATTEMPTS})):
    config = Config(
        connect_timeout={clients.CONNECT_SECONDS},
        read_timeout={clients.READ_SECONDS},
        retries={{"mode": "standard", "total_max_attempts": attempts}},
        max_pool_connections={clients.CONNECTIONS},
    )
    session.create_client(service, config=config)
"""


def environment(bytecode: str) -> dict[str, str]:
    """An environment in which every module is compiled once, and none is compiled while it is being measured."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    named = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    return kept | named | {"PYTHONPYCACHEPREFIX": bytecode}


def cold_start(code: str, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds of wall clock and of processor that the code takes in a fresh process."""
    command = [sys.executable, "-c", CLOCK + code + REPORT]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    wall, cpu = done.stdout.split()
    return float(wall), float(cpu)


def measure(pairs: int) -> dict[str, float]:
    """Medians over several pairs."""
    times: dict[str, list[tuple[float, float]]] = {"flip": [], "botocore": []}
    codes = {"flip": FLIP, "botocore": BOTOCORE}
    with TemporaryDirectory() as bytecode:
        compiled = environment(bytecode)
        for code in codes.values():
            cold_start(code, compiled)
        for number in range(pairs):
            for name in sorted(codes, reverse=bool(number % 2)):
                times[name].append(cold_start(codes[name], compiled))
    figures = {}
    for index, clock in enumerate(("wall", "cpu")):
        ours, alone = ([one[index] for one in times[name]] for name in ("flip", "botocore"))
        figures[f"flip {clock}"] = statistics.median(ours)
        figures[f"botocore {clock}"] = statistics.median(alone)
        figures[f"ratio {clock}"] = statistics.median(one / other for one, other in zip(ours, alone, strict=True))
    return figures


def main() -> int:
    """Measure, print, and compare with the target."""
    parser = argparse.ArgumentParser(description="the flip's cold start against botocore's own")
    parser.add_argument("--pairs", type=int, default=25)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    figures = measure(arguments.pairs)
    met = figures["ratio cpu"] <= MOST_RATIO
    if arguments.json:
        print(json.dumps({**figures, "met": met}))
        return 0 if met else 1
    print(f"{'ms, import with two clients':<30}{'flip':>8}{'botocore':>10}{'ratio':>8}  target")
    for clock, target in (("cpu", f"<= {MOST_RATIO}"), ("wall", "")):
        ours, alone = figures[f"flip {clock}"] * 1000, figures[f"botocore {clock}"] * 1000
        print(f"{clock:<30}{ours:>8.1f}{alone:>10.1f}{figures[f'ratio {clock}']:>8.3f}  {target}")
    print("met" if met else "MISSED")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
