"""From a new image to a place for it: the side that is not live."""

import os
import re
from pathlib import Path

import boto3

from deployer import environment, handover
from deployer.errors import ConfigurationError
from deployer.log import say, warn
from deployer.proposal import Proposal
from deployer.shared import TEMPLATE, newest_template
from deployer.tag import tag_of
from traffic import pins
from traffic.discovery import Discovered
from traffic.discovery import discover as look_behind
from traffic.sides import Release

PACKAGE = re.compile(r"[0-9a-f]{16,64}")


def discover(package_file: Path | None) -> None:
    """Hand over which release each side shall run: the new one where nobody is served, the live one where it is."""
    image = _built_image()
    package = _named_package(package_file) if package_file else None
    name = environment.required("LOAD_BALANCER", "the load balancer's name")
    ports = _ports()
    found = look_behind(boto3.client("elbv2"), name, *ports)
    say(_seen(found, name))
    release = Release(image, package or _package_of(found))
    proposal = Proposal(found, release, pins.pin(found, release))
    for line in proposal.lines:
        say(line)
    _take_over_what_is_shared()
    handover.write(proposal.pins.as_parameters(), proposal.variables)


def _take_over_what_is_shared() -> None:
    published = os.environ.get("NEWEST_PACKAGE", "")
    if not published:
        return
    newest = newest_template(published)
    say(f"What both sides share is deployed as the newest package has it: {published}.")
    handover.replace(TEMPLATE, newest)


def _built_image() -> str:
    image = handover.text(handover.read(handover.BUILD), "tag", handover.BUILD)
    if tag_of(image) != image:
        raise ConfigurationError(f"{handover.BUILD} names the tag {image[:140]!r}, which no image can carry.")
    return image


def _named_package(file: Path) -> str:
    package = handover.text(handover.read(file), "package", file)
    if not PACKAGE.fullmatch(package):
        raise ConfigurationError(f"{file} names the package {package[:80]!r}; it is a hash of 16 to 64 digits 0-9a-f.")
    return package


def _ports() -> tuple[int, int]:
    production = environment.port("PRODUCTION_PORT", "the port of the production listener")
    test = environment.port("TEST_PORT", "the port of the test listener")
    if production == test:
        raise ConfigurationError(f"PRODUCTION_PORT and TEST_PORT are both {test}; each listener has its own port.")
    return production, test


def _seen(found: Discovered | None, name: str) -> str:
    if found is None:
        return f"There is no load balancer {name} yet."
    return f"{name}: {found.live}, is live; {found.idle}, is not."


def _package_of(found: Discovered | None) -> str | None:
    """Return the package that a release of nothing but an image is run with: the one that is live."""
    package = found.live.release.package if found and found.live.release else None
    if package is None:
        warn("No package is named and none is live: the release is pinned to none.")
    return package
