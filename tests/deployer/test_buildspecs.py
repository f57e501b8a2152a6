"""The buildspecs, with their commands run in a shell in a folder that holds what the pipeline's package holds."""

import io
import json
import os
import shlex
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
import yaml

from tests.support import buildspec
from tests.support.fake_docker import DIGEST, FakeEngine
from tests.support.load_balancer import LoadBalancer
from tests.support.releases import CHANGED, COMMIT, OLD, PACKAGE

ROOT = Path(__file__).parents[2]
BUILDSPECS = {"Image": "buildspec.yml", "Discover": "deployer/discover.yml"}
URI = "registry.example:5000/greeter"

Action = Callable[..., buildspec.Build]


@pytest.fixture
def action(aws: None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Action:
    """Return a function that runs the buildspec of an action, with its sources and environment."""
    for program in ("deployer", "traffic"):
        shutil.copytree(ROOT / program, folder / program, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "buildspec.yml", folder)
    (folder / "package.json").write_text(json.dumps({"package": PACKAGE, "app": "greeter", "dockerfile": "Dockerfile"}))
    for source in ("App", "Built"):
        (folder.parent / source).mkdir()
        monkeypatch.setenv(f"CODEBUILD_SRC_DIR_{source}", str(folder.parent / source))
    # Nothing but what is installed: an installation that needs the network would fail here.
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    return lambda name, **environment: buildspec.run(folder / BUILDSPECS[name], folder, environment)


@pytest.fixture
def repository(action: Action, folder: Path) -> None:
    """Have a repository, and an application to build."""
    boto3.client("ecr").create_repository(repositoryName="greeter")
    (folder.parent / "App" / "Dockerfile").write_text("FROM scratch\n")


def test_the_image_is_handed_over_and_its_variables_are_exported(
    action: Action, repository: None, fake: FakeEngine
) -> None:
    build = action("Image", REPOSITORY_URI=URI, COMMIT=COMMIT)
    assert build.code == 0, build.log
    assert build.exported == {"IMAGE_TAG": COMMIT, "IMAGE_URI": f"{URI}:{COMMIT}", "IMAGE_DIGEST": DIGEST}
    assert {name: json.loads(text) for name, text in build.artifacts.items()} == {"build.json": {"tag": COMMIT}}


def test_an_image_that_fails_exports_nothing(action: Action, repository: None, fake: FakeEngine) -> None:
    fake.build = [{"error": "no space left on device"}]
    build = action("Image", REPOSITORY_URI=URI, COMMIT=COMMIT)
    assert (build.code, build.exported, build.artifacts) == (1, {}, {})
    assert "Building the image failed: no space left on device" in build.log


@pytest.fixture
def newest(aws: None) -> str:
    """Publish a package whose cluster template is newer than the one in the release's own package."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("cluster.json", json.dumps({"Description": "newest"}))
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="templates", Key="greeter/package.zip", Body=content.getvalue())
    return "templates/greeter/package.zip"


def test_the_discovery_follows_the_image(action: Action, newest: str, folder: Path) -> None:
    (folder / "cluster.json").write_text(json.dumps({"Description": "of the release that is rolled back to"}))
    balancer = LoadBalancer()
    balancer.tag("Code1", IsProduction="true", Image=OLD, Package=CHANGED)
    (folder.parent / "Built" / "build.json").write_text(json.dumps({"tag": COMMIT}))
    where = {"LOAD_BALANCER": "greeter", "PRODUCTION_PORT": "80", "TEST_PORT": "8080"}
    build = action("Discover", **where, NEWEST_PACKAGE=newest)
    assert build.code == 0, build.log
    assert build.exported == {
        "LIVE": "Code1",
        "LIVE_IMAGE": OLD,
        "CANDIDATE": "Code2",
        "CANDIDATE_IMAGE": COMMIT,
        "PACKAGE": PACKAGE,
        "SUMMARY": "Live: 111111111111 on Code1. Approving makes 9fceb02d0ae5 on Code2 live.",
    }
    assert {name: json.loads(text) for name, text in build.artifacts.items()} == {
        "build.json": {
            "Code1": OLD,
            "Code2": COMMIT,
            "Code1Package": CHANGED,
            "Code2Package": PACKAGE,
            "Live": "Code1",
        },
        "cluster.json": {"Description": "newest"},
    }


@pytest.mark.parametrize(
    ("published", "sentence"),
    [
        ("templates", "NEWEST_PACKAGE is 'templates'; it names the published package as bucket/key."),
        ("templates/other.zip", "templates/other.zip is no package with a cluster.json in it"),
        ("templates/absent.zip", "AWS answered NoSuchKey to GetObject"),
    ],
)
def test_without_the_newest_template_nothing_is_handed_over(
    action: Action, newest: str, folder: Path, published: str, sentence: str
) -> None:
    boto3.client("s3").put_object(Bucket="templates", Key="other.zip", Body=b"no archive")
    (folder.parent / "Built" / "build.json").write_text(json.dumps({"tag": COMMIT}))
    where = {"LOAD_BALANCER": "greeter", "PRODUCTION_PORT": "80", "TEST_PORT": "8080"}
    build = action("Discover", **where, NEWEST_PACKAGE=published)
    assert (build.code == 0, build.exported, build.artifacts) == (False, {}, {})
    assert sentence in build.log


def test_a_discovery_that_fails_exports_nothing(action: Action) -> None:
    build = action("Discover", LOAD_BALANCER="greeter", PRODUCTION_PORT="80", TEST_PORT="8080")
    assert build.code != 0
    assert (build.exported, build.artifacts) == ({}, {})


@pytest.mark.parametrize("buildspec_of", ["Image", "Discover"])
def test_every_variable_that_is_handed_over_is_exported(
    buildspec_of: str, action: Action, repository: None, newest: str, fake: FakeEngine, folder: Path
) -> None:
    (folder.parent / "Built" / "build.json").write_text(json.dumps({"tag": COMMIT}))
    where = {"LOAD_BALANCER": "greeter", "PRODUCTION_PORT": "80", "TEST_PORT": "8080"}
    environment = {**where, "NEWEST_PACKAGE": newest}
    assert action(buildspec_of, REPOSITORY_URI=URI, COMMIT=COMMIT, **environment).code == 0
    handed_over = [word.split("=", 1)[0] for word in shlex.split((folder / "build.env").read_text())]
    assert yaml.safe_load((ROOT / BUILDSPECS[buildspec_of]).read_text())["env"]["exported-variables"] == handed_over
