"""No trace of the machine, no exemption without its reason, shell that parses, dependencies that are explained."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.support.project import ROOT, text_files

# Character classes keep each expression from matching itself.
MACHINE = re.compile(r"(?<![\w.}])/(?:wor[k]|home/\w|roo[t]|User[s]/\w|opt/(?:whee|pyp))\w*/?")
SOURCES = re.compile(r"--(?:extra-index-ur[l]|index-ur[l]|find-link[s]|trusted-hos[t])|pypi\.or[g]/simple")
EXEMPTION = re.compile(
    r"(?:#\s*(?:noq[a]|type:\s*ignor[e]|pragma:|mypy:|nose[c]|shellcheck disabl[e])|checkov:ski[p])(?P<rest>.*)"
)
CODES = re.compile(r"^[:=\s]*(?:\[[\w, -]+\]|(?:[A-Z]+_?(?:AWS_)?\d+[,\s]*)+)?")
BLANKET = re.compile(r"#\s*(?:noq[a](?!:)|type:\s*ignor[e](?!\[))|ruff:\s*noq[a]")
WORDS = re.compile(r"[A-Za-z]{2,}")
LOCKS_AND_LICENCE = re.compile(r"\.lock$|^LICENSE$")


def places(found: re.Pattern[str], root: Path = ROOT) -> list[str]:
    """Return every place in the project where the expression is found."""
    return [f"{place}: {match[0]}" for place, line in lines(root) if (match := found.search(line))]


def lines(root: Path) -> Iterator[tuple[str, str]]:
    """Yield every line of the project with its place, locks and the licence aside."""
    for name, text in text_files(root):
        if not LOCKS_AND_LICENCE.search(name):
            for number, line in enumerate(text.splitlines(), 1):
                yield f"{name}:{number}", line


def unexplained(root: Path) -> list[str]:
    """Return every exemption that gives no reason, neither on its own line nor on a comment line above."""
    bare = []
    above = ""
    for place, line in lines(root):
        exemption = EXEMPTION.search(line)
        if exemption and not _has_words(CODES.sub("", exemption["rest"])) and not _is_reason(above):
            bare.append(place)
        above = line
    return bare


def _is_reason(line: str) -> bool:
    return line.strip().startswith("#") and not EXEMPTION.search(line) and _has_words(line)


def _has_words(text: str) -> bool:
    return len(WORDS.findall(text)) >= 2


def shell_scripts() -> dict[str, str]:
    """Return the project's shell scripts, each with the shell that its first line names."""
    first_lines = ((name, re.match(r"#!.*\b(sh|bash)\b", text)) for name, text in text_files())
    return {name: found[1] for name, found in first_lines if found}


def test_nothing_of_the_machine_it_was_written_on() -> None:
    assert not (found := places(MACHINE)), "\n".join(found)


def test_no_package_source_is_named() -> None:
    assert not (found := places(SOURCES)), "\n".join(found)


def test_every_exemption_gives_its_reason() -> None:
    assert not (found := unexplained(ROOT)), "\n".join(found)


def test_no_exemption_covers_everything() -> None:
    assert not (found := places(BLANKET)), "\n".join(found)


@pytest.mark.parametrize(("script", "shell"), shell_scripts().items())
def test_every_shell_script_parses(script: str, shell: str) -> None:
    checked = subprocess.run([shell, "-n", ROOT / script], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_the_commands_are_among_the_shell_scripts() -> None:
    assert {"bin/deploy", "bin/flipside", "bin/test", "bin/check", "bin/environment", ".ci/run"} <= set(shell_scripts())


def test_every_dependency_is_explained() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    declared = {Requirement(text).name for group in groups for text in group}
    explained = set(re.findall(r"^\| `([\w-]+)", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE))
    assert explained == declared


# Spelled in two halves: these lines must not be taken for exemptions of this file.
NOQA, IGNORE, SKIP = "# no" + "qa", "# type: " + "ignore", "checkov:" + "skip"


@pytest.mark.parametrize(
    "lines_of_code",
    [
        [f"import a  {NOQA}: F401"],
        [f"import a  {NOQA}"],
        [f"x = [1]  {IGNORE}[arg-type]"],
        [f"# {SKIP}=CKV_AWS_18"],
        [f"# A reason for the next line only.{NOQA}: S1", f"run()  {NOQA}: S2, S603"],
        ["# short", f"run()  {NOQA}: S603"],
    ],
)
def test_an_exemption_without_its_reason_is_seen(tmp_path: Path, lines_of_code: list[str]) -> None:
    (tmp_path / "plan.py").write_text("\n".join(lines_of_code))
    assert unexplained(tmp_path)[-1] == f"plan.py:{len(lines_of_code)}"


@pytest.mark.parametrize(
    "lines_of_code",
    [
        [f"run()  {NOQA}: F401, S603 - every word is ours"],
        ["# The stub wants a list of another type.", f"x = [1]  {IGNORE}[arg-type]"],
        [f"# {SKIP}=CKV_AWS_18: its own bucket would need one"],
    ],
)
def test_a_reason_is_recognised(tmp_path: Path, lines_of_code: list[str]) -> None:
    (tmp_path / "plan.py").write_text("\n".join(lines_of_code))
    assert unexplained(tmp_path) == []


@pytest.mark.parametrize(
    ("line", "rule", "seen"),
    [
        ("path = '/ho" + "me/ann/x'", MACHINE, True),
        ("path = '/wo" + "rk/x'", MACHINE, True),
        ("path = 'https://example.com/ho" + "me/page'", MACHINE, False),
        ("pip install --find-" + "links wheels", SOURCES, True),
        (f"run()  {NOQA}", BLANKET, True),
        (f"run()  {NOQA}: S603", BLANKET, False),
    ],
)
def test_the_expressions_see_what_they_are_for(tmp_path: Path, line: str, rule: re.Pattern[str], seen: bool) -> None:
    (tmp_path / "plan.py").write_text(line)
    assert bool(places(rule, tmp_path)) is seen


def test_every_link_between_documents_leads_somewhere() -> None:
    links = [
        (ROOT / name, target)
        for name, text in text_files()
        if name.endswith(".md")
        for target in re.findall(r"\]\(([^)#\s]+)", text)
        if "://" not in target
    ]
    assert len(links) > 5
    assert not [f"{page}: {target}" for page, target in links if not (page.parent / target).exists()]
