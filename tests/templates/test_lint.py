"""cfn-lint has nothing to say about any template, not even in passing."""

import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from tests.templates import samples

EVERYTHING = ManualArgs(regions=["eu-west-1"], include_checks=["I"])


@pytest.mark.parametrize(("name", "stack"), samples.every_template())
def test_lint(name: str, stack: str) -> None:
    found = lint(samples.synthesis(name).templates[stack].decode(), config=EVERYTHING)
    assert [str(each) for each in found] == []


def test_lint_would_say_something() -> None:
    wrong = samples.synthesis("minimal").templates["network"].decode().replace('"CidrBlock"', '"CidrBlok"')
    assert {each.rule.id for each in lint(wrong, config=EVERYTHING)} >= {"E3002"}
