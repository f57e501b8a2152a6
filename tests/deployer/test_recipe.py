"""What an image is built from, as the engine is told by `python -m deployer image`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_docker import FakeEngine
from tests.support.releases import COMMIT

pytestmark = pytest.mark.usefixtures("project")


def test_follows_the_settings_in_the_package(deployer: Any, fake: FakeEngine, folder: Path, project: Path) -> None:
    (project / "web" / "docker").mkdir(parents=True)
    (project / "web" / "docker" / "App.dockerfile").write_text("FROM scratch\n")
    settings = {"context": "web", "dockerfile": "docker/App.dockerfile", "architecture": "arm64", "package": "ab12"}
    (folder / "package.json").write_text(json.dumps(settings))
    assert deployer("image").code == 0
    _, build, _ = fake.asked[0]
    assert (build["dockerfile"], build["platform"]) == ("docker/App.dockerfile", "linux/arm64")
    assert re.fullmatch(rf"{COMMIT}-[0-9a-f]{{8}}", json.loads((folder / "build.json").read_text())["tag"])


@pytest.mark.parametrize(
    ("package", "sentence"),
    [
        ("{", "package.json is not JSON"),
        ("[]", "package.json holds [] where a JSON object is expected"),
        ('{"context": 1}', "package.json needs 'context', a text that is not empty; it holds 1"),
        ('{"architecture": "sparc"}', "The architecture 'sparc' is unknown; it is x86_64 or arm64"),
        ('{"context": "nowhere"}', "The source has no folder 'nowhere', which the setting `context` names"),
        ('{"context": "../package"}', "The setting `context` is '../package', which leads out of"),
        ('{"context": "/etc"}', "The setting `context` is '/etc', which leads out of"),
        ('{"context": "escape"}', "The setting `context` is 'escape', which leads out of"),
        ('{"dockerfile": "None"}', "There is no 'None' in"),
        (
            '{"dockerfile": "../package/package.json"}',
            "The setting `dockerfile` is '../package/package.json', which leads",
        ),
    ],
)
def test_a_recipe_that_cannot_be_followed(
    deployer: Any, fake: FakeEngine, folder: Path, project: Path, package: str, sentence: str
) -> None:
    (folder / "package.json").write_text(package)
    (project / "escape").symlink_to(folder)
    run = deployer("image")
    assert run.code == 2
    assert run.err.startswith(sentence)
    assert fake.asked == []


def test_a_source_that_is_not_there(deployer: Any, fake: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_DIR", "/nowhere")
    run = deployer("image")
    assert (run.code, run.err) == (
        2,
        "There is no folder /nowhere; APP_DIR names the folder of the application's source.\n",
    )
