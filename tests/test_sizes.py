"""Small functions, small files; what is longer says why at its top, after the words `Long because`."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

import pytest

from tests.support.project import PACKAGES, ROOT, python_files, text_files

USUAL_LINES = 25
MOST_LINES = 60
MOST_LINES_OF_A_FILE = 300
REASON = "Long because"
EVERYWHERE = (*PACKAGES, "bin", "bench", "examples", "tests")
CODE = (".py", ".sh", ".ci/run")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(root: Path, folders: tuple[str, ...]) -> Iterator[tuple[str, Function]]:
    """Yield every function of these folders with its place."""
    for name, text in python_files(root, folders):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, Function):
                yield f"{name}:{node.lineno} {node.name}", node


def length(function: Function) -> int:
    """Return how many lines a function takes, its decorators aside."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def usual_length(root: Path, folders: tuple[str, ...]) -> float:
    """Return the length that nine functions of ten do not exceed."""
    lengths = [length(function) for _, function in functions(root, folders)]
    return quantiles(lengths, n=10)[-1] if len(lengths) > 1 else 0


def long_functions(root: Path, folders: tuple[str, ...] = EVERYWHERE) -> list[str]:
    """Return every function that is too long and does not say why."""
    return [
        f"{place}: {length(function)} lines"
        for place, function in functions(root, folders)
        if length(function) > MOST_LINES and REASON not in (ast.get_docstring(function) or "")
    ]


def long_files(root: Path) -> list[str]:
    """Return every file of code that is too long and does not say why in its first ten lines."""
    return [
        f"{name}: {lines} lines"
        for name, text in text_files(root)
        if name.endswith(CODE) or name.startswith("bin/")
        if (lines := text.count("\n")) > MOST_LINES_OF_A_FILE and REASON not in "\n".join(text.splitlines()[:10])
    ]


@pytest.mark.parametrize("folders", [PACKAGES, ("tests", "bin", "bench")], ids=["product", "around it"])
def test_nine_functions_of_ten_fit_on_a_screen(folders: tuple[str, ...]) -> None:
    assert usual_length(ROOT, folders) <= USUAL_LINES


def test_no_function_is_long_without_a_reason() -> None:
    assert not (found := long_functions(ROOT)), "\n".join(found)


def test_no_file_is_long_without_a_reason() -> None:
    assert not (found := long_files(ROOT)), "\n".join(found)


def test_the_limits_bite(tmp_path: Path) -> None:
    (tmp_path / "traffic").mkdir()
    short = "def f():\n" + "    x = 1\n" * 9
    long = "def g():\n" + "    x = 1\n" * 60
    because = 'def h():\n    """Long because it is one table."""\n' + "    x = 1\n" * 60
    (tmp_path / "traffic" / "plan.py").write_text(short + long + because + "y = 1\n" * 200)
    assert long_functions(tmp_path) == ["traffic/plan.py:11 g: 61 lines"]
    assert long_files(tmp_path) == ["traffic/plan.py: 333 lines"]
    assert usual_length(tmp_path, PACKAGES) > USUAL_LINES
    assert usual_length(tmp_path, ("bin",)) == 0
