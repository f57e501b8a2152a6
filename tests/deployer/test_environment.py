"""The environment variables, as `python -m deployer discover` reads them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.releases import NEW

pytestmark = pytest.mark.usefixtures("built")


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("LOAD_BALANCER", "", "The environment variable LOAD_BALANCER is missing or empty"),
        ("PRODUCTION_PORT", "", "The environment variable PRODUCTION_PORT is missing or empty"),
        ("TEST_PORT", "http", "TEST_PORT is 'http'; it holds the port of the test listener, a number from 1 to 65535."),
        ("TEST_PORT", "0", "TEST_PORT is '0'"),
        ("TEST_PORT", "65536", "TEST_PORT is '65536'"),
        ("TEST_PORT", "80.5", "TEST_PORT is '80.5'"),
        ("TEST_PORT", "80", "PRODUCTION_PORT and TEST_PORT are both 80; each listener has its own port."),
    ],
)
def test_an_environment_that_is_wrong(
    deployer: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    run = deployer("discover", "--package", "package.json")
    assert run.code == 2
    assert run.err.startswith(sentence)
    assert json.loads(Path("build.json").read_text()) == {"tag": NEW}
