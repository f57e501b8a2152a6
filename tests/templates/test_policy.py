"""checkov, in an environment of its own, fails no template; what it skips carries a reason in the template."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import ROOT
from tests.templates import samples

SCANNER = Path(os.environ.get("FLIPSIDE_CHECKOV", ROOT / ".venv-policy" / "bin" / "checkov"))
# Far fewer would mean that it has not looked at what it should.
FEWEST_PASSED = 800
WORDS_OF_A_REASON = 8

pytestmark = [pytest.mark.policy, pytest.mark.xdist_group("policy")]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One scan of every template of every settings file."""
    folder = tmp_path_factory.mktemp("templates")
    for name, stack in samples.every_template():
        (folder / f"{name}-{stack}.json").write_bytes(samples.synthesis(name).templates[stack])
    if not SCANNER.exists():
        pytest.fail(f"{SCANNER} is not there; bin/environment policy makes it")
    command = [SCANNER, "--directory", folder, "--framework", "cloudformation", "--skip-download", "--output", "json"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.stdout.startswith("{"), f"the scan ended with {said.returncode}: {said.stdout}{said.stderr}"
    return json.loads(said.stdout)


def test_nothing_fails(report: dict[str, Any]) -> None:
    failed = [
        f"{each['check_id']} {each['file_path']} {each['resource']}" for each in report["results"]["failed_checks"]
    ]
    assert failed == []
    assert report["summary"]["parsing_errors"] == 0


def test_everything_was_looked_at(report: dict[str, Any]) -> None:
    results = report["results"]
    looked_at = {each["file_path"].strip("/") for each in (*results["passed_checks"], *results["skipped_checks"])}
    assert looked_at == {f"{name}-{stack}.json" for name, stack in samples.every_template()}
    assert report["summary"]["passed"] >= FEWEST_PASSED


def test_what_is_skipped_says_why(report: dict[str, Any]) -> None:
    skipped = report["results"]["skipped_checks"]
    assert skipped
    for each in skipped:
        reason = each["check_result"]["suppress_comment"]
        assert len(reason.split()) >= WORDS_OF_A_REASON, f"{each['check_id']} {each['resource']}: {reason}"
