"""The dependencies among our packages point one way, and what AWS runs needs nothing that AWS does not have."""

import sys
from pathlib import Path

import pytest

from tests.support.imports import Import, imports_of

ROOT = Path(__file__).parents[1]
OURS = {
    "pipeline": {"pipeline", "templates", "traffic"},
    "templates": {"templates", "pipeline.settings"},
    "deployer": {"deployer", "traffic"},
    "lambdas": {"lambdas", "traffic"},
    "traffic": {"traffic"},
    "rehearsal": {"rehearsal"},
}
# What each package may take from others. Lambda's runtimes have the AWS SDK and nothing else.
AWS_SDK = {"boto3", "botocore"}
# pydantic's constraints are annotated_types'.
SETTINGS = {"pydantic", "pydantic_core", "annotated_types"}
# The docker SDK lets the errors of the HTTP libraries below it through.
DOCKER = {"docker", "requests.exceptions", "urllib3.exceptions"}
THEIRS = {
    "pipeline": AWS_SDK | SETTINGS | {"rich", "troposphere"},
    "templates": AWS_SDK | {"troposphere"},
    "deployer": AWS_SDK | DOCKER,
    "lambdas": AWS_SDK,
    "traffic": AWS_SDK,
}


def belongs(name: str, allowed: set[str]) -> bool:
    """Say whether a dotted name is one of the allowed packages or modules, or lies in one."""
    return any(f"{name}.".startswith(f"{package}.") for package in allowed)


# It runs a function's own code, in a process of its own: what that imports is the function's affair.
RUNS_OTHERS_CODE = "rehearsal/functions/bootstrap.py"


def is_an_arrow(found: Import) -> bool:
    """Say whether the import is one that the architecture has."""
    if found.target.startswith("?") and found.file == RUNS_OTHERS_CODE:
        return True
    if found.target in OURS or found.target.startswith("?"):
        return belongs(found.name, OURS[found.package])
    if found.target in sys.stdlib_module_names:
        return True
    if found.for_types_only and found.target.startswith(("mypy_boto3_", "types_")):
        return True
    return found.package == "rehearsal" or belongs(found.name, THEIRS[found.package])


def strays(tree: Path) -> list[str]:
    """Return every import of the tree that the architecture does not have."""
    return [str(found) for found in imports_of(tree, list(OURS)) if not is_an_arrow(found)]


def test_the_arrows_are_the_ones_drawn() -> None:
    assert not (found := strays(ROOT)), "\n".join(found)


@pytest.mark.parametrize("package", ["pipeline", "templates", "deployer", "lambdas", "traffic"])
def test_every_package_is_looked_at(package: str) -> None:
    assert imports_of(ROOT, [package])


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pipeline/verbs/deploy.py", "import rehearsal"),
        ("pipeline/verbs/deploy.py", "def run():\n    from rehearsal.engine import Engine"),
        ("pipeline/verbs/deploy.py", "import importlib\nimportlib.import_module('rehearsal')"),
        ("pipeline/verbs/deploy.py", "import importlib\nimportlib.import_module(chosen)"),
        ("pipeline/verbs/deploy.py", "from deployer import image"),
        ("pipeline/verbs/deploy.py", "import moto"),
        ("templates/service.py", "from pipeline import synth"),
        ("templates/service.py", "import pipeline"),
        ("templates/service.py", "from pipeline.settingsish import x"),
        ("templates/service.py", "from traffic.sides import Side"),
        ("deployer/image.py", "from pipeline.settings import Settings"),
        ("deployer/image.py", "import templates.service"),
        ("deployer/image.py", "from .. import lambdas"),
        ("deployer/image.py", "import pydantic"),
        ("lambdas/flip.py", "from deployer import discover"),
        ("lambdas/flip.py", "import docker"),
        ("lambdas/flip.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pipeline import settings"),
        ("lambdas/flip.py", "from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client"),
        ("lambdas/flip.py", "__import__('requests')"),
        ("traffic/plan.py", "try:\n    import lambdas.flip\nexcept ImportError:\n    pass"),
        ("traffic/router/alb.py", "from ...templates import service"),
        ("rehearsal/engine.py", "from traffic import sides"),
    ],
)
def test_a_stray_import_is_seen(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(text)
    assert [stray.split(":")[0] for stray in strays(tmp_path)] == [file]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pipeline/verbs/deploy.py", "from templates import service\nfrom traffic import sides\nimport rich.tree"),
        ("pipeline/verbs/deploy.py", "import importlib\nimportlib.import_module(f'pipeline.verbs.{verb}')"),
        ("templates/service.py", "from pipeline.settings import Settings\nfrom pipeline import settings"),
        ("templates/service.py", "from .names import side\nimport troposphere.ecs"),
        (
            "lambdas/flip.py",
            "import json\nimport boto3\nfrom botocore.config import Config\nfrom traffic.sides import Side",
        ),
        ("traffic/sides.py", "import typing\nif typing.TYPE_CHECKING:\n    from mypy_boto3_elbv2.client import X"),
    ],
)
def test_an_arrow_that_is_drawn_is_let_through(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(text)
    assert strays(tmp_path) == []


@pytest.mark.parametrize("text", ["type Weight = int", "def first[T](of: list[T]) -> T: ...", "class Side[T]: ..."])
def test_syntax_that_the_oldest_python_lacks_is_seen(tmp_path: Path, text: str) -> None:
    (tmp_path / "traffic").mkdir()
    (tmp_path / "traffic" / "plan.py").write_text(text)
    with pytest.raises(SyntaxError):
        strays(tmp_path)
