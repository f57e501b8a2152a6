"""The gate: every step runs, even after one has failed; what a failed step printed is shown below its line.

A step is a command with an exit code, run at the checkout's root with the Python that runs this file. Rules that no
tool knows (the arrows between packages, sizes, locks, reasons for exemptions) are tests, and so are the linters of
the synthesized templates: the gate runs those files alone, and `bin/test` runs them with all others.
"""

import argparse
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTEST = ("-m", "pytest", "-p", "no:cacheprovider")
# The slowest ones begin first, so that none is left running alone at the end.
STEPS: dict[str, tuple[str, ...]] = {
    "policy": (*PYTEST, "tests/templates/test_policy.py"),
    "types": ("-m", "mypy"),
    "templates": (*PYTEST, "tests/templates/test_lint.py"),
    "format": ("-m", "ruff", "format", "--check", "."),
    "lint": ("-m", "ruff", "check", "."),
    "dead-code": ("bin/dead_code.py",),
    "arrows": (*PYTEST, "tests/test_arrows.py"),
    "hygiene": (*PYTEST, "tests/test_hygiene.py"),
    "sizes": (*PYTEST, "tests/test_sizes.py"),
    "locks": (*PYTEST, "tests/test_locks.py"),
}
FIXES: tuple[tuple[str, ...], ...] = (
    ("-m", "ruff", "check", "--fix-only", "--quiet", "."),
    ("-m", "ruff", "format", "--quiet", "."),
)


@dataclass(frozen=True)
class Result:
    """How a step ended."""

    step: str
    code: int
    seconds: float
    output: str

    def __str__(self) -> str:
        line = f"{self.step:<10} {'FAILED' if self.code else 'OK':<7} {self.seconds:5.1f} s"
        return f"{line}\n\n{self.output.rstrip()}\n" if self.code else line


def run(step: str, arguments: tuple[str, ...]) -> Result:
    """Run one step to its end."""
    started = time.monotonic()
    ended = subprocess.run(  # noqa: S603 - the commands are the ones above
        (sys.executable, "-P", *arguments),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Result(step, ended.returncode, time.monotonic() - started, ended.stdout)


def fix() -> None:
    """Repair what can be repaired without a person."""
    for arguments in FIXES:
        run("fix", arguments)


def check(steps: list[str]) -> int:
    """Run the steps, one a core, and report each; 1 when any failed."""
    started = time.monotonic()
    failed = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(lambda step: run(step, STEPS[step]), steps):
            print(result, flush=True)
            failed += bool(result.code)
    print(f"{len(steps)} steps, {failed or 'none'} failed, {time.monotonic() - started:.1f} s")
    return 1 if failed else 0


def main() -> int:
    """Read the command line and run the gate."""
    parser = argparse.ArgumentParser(prog="bin/check", description="What must hold before every commit.")
    parser.add_argument("--fix", action="store_true", help="first format, and fix what ruff can fix")
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"only these of {', '.join(STEPS)}")
    options = parser.parse_args()
    if unknown := [step for step in options.steps if step not in STEPS]:
        parser.error(f"there is no step '{unknown[0]}'; the steps are {', '.join(STEPS)}")
    if options.fix:
        fix()
    return check(options.steps or list(STEPS))


if __name__ == "__main__":
    sys.exit(main())
