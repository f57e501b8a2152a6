"""Settings that are written are the settings that are read."""

from pathlib import Path

import pytest

from pipeline.rehearse.toml import written
from pipeline.settings import parse

SETTINGS = Path(__file__).parents[2] / "settings"
ODD = r"""
app = "shop"
tags = { "cost center" = "a/b=c", team = "payments" }
[source]
provider = "codecommit"
repository = "shop"
[container]
command = ["sh", "-c", "echo \"one\ttwo\" \\ done", "snow ☃ and 𝄞"]
readonly_root = false
[container.environment]
LINES = '''first
second'''
"""


@pytest.mark.parametrize("file", sorted(SETTINGS.glob("*.toml")), ids=lambda file: file.stem)
def test_the_settings_of_the_tests(file):
    settings = parse(file.read_text(), str(file))

    assert parse(written(settings), "again") == settings


def test_every_kind_of_text():
    settings = parse(ODD, "odd")

    assert parse(written(settings), "again") == settings
