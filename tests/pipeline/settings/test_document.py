"""The settings page and the schema are those of the models, and editors can rely on them."""

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from pipeline.settings import Settings
from pipeline.settings.descriptions import descriptions
from pipeline.settings.document import DOCS, PAGE, SCHEMA, render_schema, render_settings_page
from pipeline.settings.kinds import every_key, every_table, is_table

ROOT = Path(__file__).parents[3]
VALID = sorted([*(ROOT / "tests/settings").glob("*.toml"), *(ROOT / "examples").rglob("release.toml")])
NOW = json.loads(render_schema())
STALE = "this page is not what the models say; run: python -m pipeline.settings.document"


def test_the_settings_page_is_current():
    assert (DOCS / PAGE).read_text(encoding="utf-8") == render_settings_page(), STALE


def test_the_schema_is_current():
    assert (DOCS / SCHEMA).read_text(encoding="utf-8") == render_schema(), STALE


def test_every_key_has_a_description_and_an_example_that_is_valid():
    examples = {}
    for at, table in every_table(Settings):
        words = descriptions(table)
        assert set(words) == set(table.model_fields)
        assert all(sentence.endswith(".") for sentence in words.values())
        for name, field in table.model_fields.items():
            if not is_table(field.annotation):
                (examples[*at, name],) = field.examples
    for key, example in examples.items():
        Draft7Validator(_part(key)).validate(example)


def _part(key):
    part = NOW
    for name in key:
        part = part["properties"][name]
    return part


def test_the_page_names_every_key_once():
    page = render_settings_page()
    tables = {at for at, _ in every_table(Settings)}
    for key in set(every_key(Settings)) - tables:
        section = page.split(f"## [{'.'.join(key[:-1])}]\n" if key[:-1] else "## Top of the file\n")[1].split("\n## ")[
            0
        ]
        assert section.count(f"\n| `{key[-1]}` |") == 1


def test_rows_of_the_page_have_five_cells():
    for line in render_settings_page().split("\n"):
        if line.startswith("| `") and line != "| `cpu` | `memory` |":
            assert line.replace("\\|", "").count("|") == 6


def test_the_schema_is_one_that_editors_read():
    Draft7Validator.check_schema(NOW)
    assert NOW["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert NOW["title"] == "release.toml"
    assert "$ref" not in render_schema()
    for key in every_key(Settings):
        assert _part(key)["description"]


@pytest.mark.parametrize("path", VALID, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_schema_accepts_what_is_valid(path):
    Draft7Validator(NOW).validate(tomllib.loads(path.read_text()))


@pytest.mark.parametrize(
    ("rest", "key"),
    [
        ("[container]\nprot = 80", ["container"]),
        ("[container]\nport = 0", ["container", "port"]),
        ("[container]\ncpu = 300", ["container", "cpu"]),
        ("[container]\narchitecture = 'arm'", ["container", "architecture"]),
        ("[container.health_check]\ncodes = 'ok'", ["container", "health_check", "codes"]),
        ("[container.environment]\nA-B = 'x'", ["container", "environment"]),
        ("[container.secrets]\nTOKEN = 'hunter2'", ["container", "secrets", "TOKEN"]),
        ("[network]\nvpc_id = 'vpc'", ["network", "vpc_id"]),
        ("[release]\nalarms = ['a', 'b', 'c']", ["release", "alarms"]),
        ("[release]\nlog_retention = 31", ["release", "log_retention"]),
    ],
)
def test_the_schema_refuses_what_is_not_valid(minimal, rest, key):
    errors = Draft7Validator(NOW).iter_errors(tomllib.loads(minimal + rest))
    assert [list(error.path) for error in errors] == [key]


PORTS = st.one_of(st.integers(-5, 5), st.integers(65530, 65540), st.booleans(), st.just("80"), st.just(80.5))


@settings(deadline=None)
@given(PORTS)
def test_schema_and_settings_agree_on_ports(port):
    given_values = {"app": "ab", "source": {"provider": "s3", "repository": "abc/d.zip"}, "container": {"port": port}}
    accepted = Draft7Validator(NOW).is_valid(given_values)
    try:
        Settings.model_validate(given_values)
    except ValueError:
        assert not accepted
    else:
        assert accepted
