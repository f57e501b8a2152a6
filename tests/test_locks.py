"""The locks agree with pyproject.toml and with each other, pin every byte, and name no place to fetch from."""

import re
import tomllib
from collections.abc import Iterable

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.project import ROOT

LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-policy.lock", "deployer/requirements.lock"]
PLACES = re.compile(r"https?:|file:|--?(index-url|i|extra-index-url|find-links|f|trusted-host|no-index)\b")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock: str) -> list[str]:
    """Return one line for each entry of a lock, its hashes included."""
    return (ROOT / lock).read_text().replace("\\\n", " ").splitlines()


def pins(lock: str) -> dict[str, dict[str, str]]:
    """Return what a lock pins: for each name, the version for each marker."""
    pinned: dict[str, dict[str, str]] = {}
    for entry in entries(lock):
        requirement = Requirement(entry.split("--hash")[0])
        (specifier,) = requirement.specifier
        pinned.setdefault(canonicalize_name(requirement.name), {})[str(requirement.marker or "")] = specifier.version
    return pinned


def unmet(requirements: Iterable[str], lock: str) -> list[str]:
    """Return the requirements that a lock does not satisfy."""
    pinned = pins(lock)
    return [
        text
        for requirement, text in ((Requirement(text), text) for text in requirements)
        if not (versions := pinned.get(canonicalize_name(requirement.name), {}))
        or not all(requirement.specifier.contains(version) for version in versions.values())
    ]


def declared() -> tuple[list[str], dict[str, list[str]]]:
    """Return what pyproject.toml asks for: the product's own, and each group's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return project["project"]["dependencies"], project["dependency-groups"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_is_pinned_by_hash(lock: str) -> None:
    assert [entry for entry in entries(lock) if not HASH.search(entry)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_a_place_to_fetch_from(lock: str) -> None:
    assert PLACES.findall((ROOT / lock).read_text()) == []


def test_the_locks_satisfy_what_is_declared() -> None:
    runtime, groups = declared()
    assert unmet(runtime, "requirements.lock") == []
    assert unmet(runtime + groups["dev"], "requirements-dev.lock") == []
    assert unmet(groups["policy"], "requirements-policy.lock") == []
    assert unmet(["boto3", "docker"], "deployer/requirements.lock") == []
    assert unmet(["boto3>=999", "nothing-like-it"], "requirements.lock") == ["boto3>=999", "nothing-like-it"]


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [("requirements.lock", "requirements-dev.lock"), ("deployer/requirements.lock", "requirements.lock")],
)
def test_the_smaller_lock_is_part_of_the_larger(smaller: str, larger: str) -> None:
    within = pins(larger)
    assert {name: versions for name, versions in pins(smaller).items() if within.get(name) != versions} == {}
    assert set(entries(smaller)) <= set(entries(larger))


def test_the_locks_hold_for_every_python_that_is_supported() -> None:
    for lock in LOCKS:
        for name, versions in pins(lock).items():
            markers = [Marker(marker) for marker in versions if marker]
            if len(versions) > 1:
                for minor in (11, 12, 13, 14):
                    python = {"python_version": f"3.{minor}", "python_full_version": f"3.{minor}.9"}
                    assert sum(marker.evaluate(python) for marker in markers) == 1, (lock, name, minor)
