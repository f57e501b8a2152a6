"""The gate, run on a small tree: what it reports, how it ends, and what it repairs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.project import PACKAGES, ROOT

TIDY = '"""A tree."""\n\nONE = 1\n'
UNTIDY = '"""A tree."""\n\nimport os\nONE  =  1\n'
WRONG = '"""A tree."""\n\nONE: str = 1\n'
DEAD = '"""A tree."""\n\n\ndef nobody_calls_this() -> None:\n    """Do nothing."""\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a tree in which there is nothing to find fault with."""
    shutil.copytree(ROOT / "bin", tmp_path / "bin", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text('"""A tree."""\n')
    return tmp_path


def check(tree: Path, *arguments: str) -> tuple[int, str]:
    """Run the gate on the tree; its exit code and what it printed."""
    command = [sys.executable, str(tree / "bin" / "gate.py"), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tree.parent)
    return ended.returncode, ended.stdout + ended.stderr


def test_a_tidy_tree_passes(tree: Path) -> None:
    code, said = check(tree, "format", "lint", "types", "dead-code")
    assert code == 0, said
    assert [line.split()[:2] for line in said.splitlines()[:4]] == [
        ["format", "OK"],
        ["lint", "OK"],
        ["types", "OK"],
        ["dead-code", "OK"],
    ]
    assert "4 steps, none failed" in said


@pytest.mark.parametrize(
    ("text", "steps", "evidence"),
    [
        (UNTIDY, ["format", "lint"], "`os` imported but unused"),
        (WRONG, ["types"], "Incompatible types in assignment"),
        (DEAD, ["dead-code"], "unused function 'nobody_calls_this'"),
    ],
)
def test_every_step_runs_and_a_failed_one_shows_why(tree: Path, text: str, steps: list[str], evidence: str) -> None:
    (tree / "traffic" / "plan.py").write_text(text + ("print(ONE)\n" if "ONE" in text else ""))
    code, said = check(tree, "format", "lint", "types", "dead-code")
    assert code == 1
    assert evidence in said
    assert [line.split()[0] for line in said.splitlines() if " FAILED " in line] == steps
    assert f"4 steps, {len(steps)} failed" in said


def test_a_missing_test_file_is_a_failure(tree: Path) -> None:
    code, said = check(tree, "arrows")
    assert code == 1
    assert "tests/test_arrows.py" in said


def test_fix_repairs_what_it_can(tree: Path) -> None:
    untidy = tree / "traffic" / "plan.py"
    untidy.write_text(UNTIDY)
    code, said = check(tree, "--fix", "format", "lint")
    assert code == 0, said
    assert untidy.read_text() == TIDY


def test_a_step_that_does_not_exist_is_the_callers_mistake(tree: Path) -> None:
    code, said = check(tree, "formatting")
    assert code == 2
    assert "there is no step 'formatting'; the steps are policy, types" in said
