"""What an image is built from: the folder, the Dockerfile in it, and the platform."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from deployer import handover
from deployer.errors import ConfigurationError

PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}
DEFAULTS = {"context": ".", "dockerfile": "Dockerfile", "architecture": "x86_64"}


@dataclass(frozen=True)
class Recipe:
    """What an image is built from."""

    context: Path
    dockerfile: str
    platform: str

    @classmethod
    def of(cls, source: Path, package: Path) -> "Recipe":
        """Find in the source what the settings in the package name; without a package file, the usual names."""
        named = _named(package)
        if named["architecture"] not in PLATFORMS:
            valid = " or ".join(PLATFORMS)
            raise ConfigurationError(f"The architecture {named['architecture']!r} is unknown; it is {valid}.")
        if not source.is_dir():
            raise ConfigurationError(
                f"There is no folder {source}; APP_DIR names the folder of the application's source."
            )
        context = _inside(source, named["context"], "context")
        if not context.is_dir():
            raise ConfigurationError(
                f"The source has no folder {named['context']!r}, which the setting `context` names."
            )
        dockerfile = _inside(context, named["dockerfile"], "dockerfile")
        if not dockerfile.is_file():
            raise ConfigurationError(
                f"There is no {named['dockerfile']!r} in {context}; the setting `dockerfile` names it from there."
            )
        return cls(context, str(dockerfile.relative_to(context)), PLATFORMS[named["architecture"]])


def mark_of(package: Path) -> str:
    """Return what tells this recipe's images from another's of the same commit; nothing for the usual recipe."""
    named = _named(package)
    if named == DEFAULTS:
        return ""
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:8]


def _named(package: Path) -> dict[str, str]:
    settings = DEFAULTS | (handover.read(package) if package.exists() else {})
    return {key: handover.text(settings, key, package) for key in DEFAULTS}


def _inside(folder: Path, inner: str, setting: str) -> Path:
    top = folder.resolve()
    path = (top / inner).resolve()
    if not path.is_relative_to(top):
        raise ConfigurationError(f"The setting `{setting}` is {inner!r}, which leads out of {folder}.")
    return path
