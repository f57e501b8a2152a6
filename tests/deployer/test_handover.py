"""The files that are handed over, as `python -m deployer discover` reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.releases import NEW

pytestmark = pytest.mark.usefixtures("built")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "build.json cannot be read: No such file or directory."),
        ("", "build.json is not JSON"),
        ('{"tag": ', "build.json is not JSON"),
        ('["tag"]', 'build.json holds ["tag"] where a JSON object is expected.'),
        ("{}", "build.json needs 'tag', a text that is not empty; it holds null."),
        ('{"tag": ""}', "build.json needs 'tag', a text that is not empty; it holds \"\"."),
        ('{"tag": "  "}', "build.json needs 'tag'"),
        ('{"tag": 7}', "build.json needs 'tag', a text that is not empty; it holds 7."),
        ('{"tag": null}', "build.json needs 'tag'"),
        ('{"tag": "a\\nb"}', r"build.json names the tag 'a\nb', which no image can carry."),
        ('{"tag": "repository:v1"}', "build.json names the tag 'repository:v1', which no image can carry."),
    ],
)
def test_a_build_that_names_no_tag(deployer: Any, content: str | None, sentence: str) -> None:
    Path("build.json").unlink()
    if content is not None:
        Path("build.json").write_text(content)
    run = deployer("discover", "--package", "package.json")
    assert run.code == 2
    assert run.err.startswith(sentence)
    assert run.err.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "package.json cannot be read: No such file or directory."),
        ("{}", "package.json needs 'package'"),
        ('{"package": 5}', "package.json needs 'package'"),
        ('{"package": "abc"}', "package.json names the package 'abc'; it is a hash of 16 to 64 digits 0-9a-f."),
        ('{"package": "ZZZZZZZZZZZZZZZZ"}', "package.json names the package 'ZZZZZZZZZZZZZZZZ'"),
    ],
)
def test_a_package_that_is_none(deployer: Any, content: str | None, sentence: str) -> None:
    Path("package.json").unlink()
    if content is not None:
        Path("package.json").write_text(content)
    run = deployer("discover", "--package", "package.json")
    assert run.code == 2
    assert run.err.startswith(sentence)
    assert json.loads(Path("build.json").read_text()) == {"tag": NEW}
