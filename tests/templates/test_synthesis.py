"""The golden templates, their names, and that nothing but the settings decides what they are."""

import json
import os
import subprocess
import sys

import pytest
import yaml

from templates.synthesis import synthesize
from tests.support.project import ROOT
from tests.templates import samples

COMMAND = "python -m tests.templates.regenerate"


@pytest.mark.parametrize("name", samples.NAMES)
def test_templates_are_the_golden_ones(name: str) -> None:
    golden = {path.stem: path.read_bytes() for path in (samples.GOLDEN / name).glob("*.json")}
    made = samples.synthesis(name).templates
    changed = sorted(stack for stack in golden.keys() | made.keys() if golden.get(stack) != made.get(stack))
    assert changed == [], f"{name}: {', '.join(changed)} differ; if that is meant, run {COMMAND} and review the diff"


def test_no_golden_template_is_left_over() -> None:
    assert {path.name for path in samples.GOLDEN.iterdir()} == set(samples.NAMES)
    assert len(samples.NAMES) >= 5


def test_another_process_makes_the_same_bytes() -> None:
    """Neither the order of sets nor anything else of this process may show in the templates."""
    program = (
        "from pipeline.settings import read; from templates.synthesis import synthesize;"
        "made = synthesize(read('tests/settings/secure.toml'));"
        "import sys; [sys.stdout.buffer.write(made.templates[name]) for name in sorted(made.templates)]"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, check=True)
    made = samples.synthesis("secure").templates
    assert said.stdout == b"".join(made[name] for name in sorted(made))


def test_synthesis_stays_small() -> None:
    """It has half a second, and the AWS SDK alone would take more than that."""
    program = "import sys, templates.synthesis; print(*{name.split('.')[0] for name in sys.modules})"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert not {"boto3", "botocore", "cfnlint", "docker", "rich", "moto"} & set(said.stdout.split())


@pytest.mark.parametrize("name", samples.NAMES)
def test_keys_name_the_app_the_stack_and_the_content(name: str) -> None:
    made = samples.synthesis(name)
    assert made.keys.keys() == made.templates.keys() - {"cluster"}
    assert made.keys["service"] == f"{made.app}/service/{made.package}.json"
    assert 16 <= len(made.package) <= 64
    assert len(set(made.keys.values())) == len(made.keys)


def test_parent_and_cluster_name_their_nested_templates_by_content() -> None:
    made = samples.synthesis("minimal")
    assert made.keys["network"] in made.templates["main"].decode()
    assert made.keys["pipeline"] in made.templates["main"].decode()
    assert made.keys["load_balancer"] in made.templates["cluster"].decode()
    # The pins name the sides' templates, and those are parameters.
    assert made.package not in made.templates["cluster"].decode() + made.templates["pipeline"].decode()


def test_existing_vpc_needs_no_network() -> None:
    made = samples.synthesis("existing-vpc")
    assert "network" not in made.templates
    assert "Network" not in samples.templates("existing-vpc")["main"]["Resources"]
    given = samples.templates("existing-vpc")["main"]["Resources"]["Pipeline"]["Properties"]["Parameters"]
    assert given["Vpc"] == "vpc-0a1b2c3d4e5f60718"
    assert given["PrivateSubnets"] == "subnet-0a1b2c3d4e5f60713,subnet-0a1b2c3d4e5f60714"


class _ShortForms(yaml.SafeLoader):
    """Reads CloudFormation's short forms back into the long ones."""


def _long_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, object]:
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_ShortForms.add_multi_constructor("!", _long_form)


@pytest.mark.parametrize(("name", "stack"), samples.every_template())
def test_yaml_says_the_same(name: str, stack: str) -> None:
    text = samples.synthesis(name).to_yaml(stack)
    assert "!Ref" in text
    assert yaml.load(text, _ShortForms) == json.loads(samples.synthesis(name).templates[stack])


def test_settings_are_all_that_counts() -> None:
    assert synthesize(samples.settings("large")) == samples.synthesis("large")
