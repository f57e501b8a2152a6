"""What is published for one release.toml: which object, under which key, with which bytes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.publish.archive import digest, folder, zipped
from pipeline.settings import Settings
from templates.names import Names
from templates.synthesis import Synthesis

TREE = Path(__file__).parents[2]
# What CodeBuild runs with, and what AWS invokes.
PACKAGED = ("deployer", "traffic")
INVOKED = ("lambdas", "traffic")
# The pipeline finds the cluster's template in the package; the others are read from the bucket, by their hash.
IN_THE_PACKAGE = "cluster"


@dataclass(frozen=True)
class Bundles:
    """All that is published, and what is published once under its content's name told apart from the package."""

    once: Mapping[str, bytes]
    main_key: str
    code_key: str
    package_key: str
    package: bytes


def bundles(settings: Settings, synthesis: Synthesis, tree: Path = TREE) -> Bundles:
    """Bring together templates, code and deployer."""
    code = zipped(_folders(tree, INVOKED))
    code_key = f"{settings.app}/lambdas/{digest(code)}.zip"
    templates = {key: synthesis.templates[name] for name, key in synthesis.keys.items() if name != IN_THE_PACKAGE}
    return Bundles(
        once={**templates, code_key: code},
        main_key=synthesis.keys["main"],
        code_key=code_key,
        package_key=Names(settings.app).package,
        package=zipped(_package(settings, synthesis, tree)),
    )


def _package(settings: Settings, synthesis: Synthesis, tree: Path) -> dict[str, bytes]:
    build = {
        "app": settings.app,
        "package": synthesis.package,
        "context": settings.container.context,
        "dockerfile": settings.container.dockerfile,
        "architecture": settings.container.architecture,
    }
    return {
        "cluster.json": synthesis.templates[IN_THE_PACKAGE],
        "package.json": json.dumps(build, indent=1, sort_keys=True).encode() + b"\n",
        "buildspec.yml": (tree / "buildspec.yml").read_bytes(),
        **_folders(tree, PACKAGED),
    }


def _folders(tree: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    return {name: content for part in names for name, content in folder(tree / part).items()}
