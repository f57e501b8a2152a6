"""Starting, stopping and asking a registry, whichever it is."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from rehearsal.registry import installed
from rehearsal.registry.handle import Kind, Registry, RegistryAnswerError
from rehearsal.registry.installed import InstalledRegistry, RegistryNotStartedError

from .test_api import MANIFEST, name, push

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.warden.handle import Warden

    from .conftest import Site


def test_a_manifest_is_read_and_given_another_tag(site: Site) -> None:
    repository = name()
    digest = push(site, repository, "1")
    manifest = site.registry.manifest(repository, "1")
    assert manifest
    assert (manifest.digest, manifest.media_type) == (digest, MANIFEST)
    assert manifest.document["config"]["digest"]
    assert site.registry.config(repository, manifest.document["config"]["digest"])["made"]
    site.registry.put_manifest(repository, "same", manifest)
    assert site.registry.digest(repository, "same") == digest
    assert site.registry.delete(repository, digest)
    assert not site.registry.delete(repository, digest)


def test_what_is_not_there_is_nothing(site: Site) -> None:
    assert site.registry.manifest("nobody", "1") is None
    assert site.registry.digest("nobody", "1") is None
    assert site.registry.tags("nobody") == []


@pytest.mark.parametrize("kind", ["docker-registry", "embedded"])
def test_what_was_pushed_is_there_after_a_restart(warden: Warden, tmp_path: Path, kind: Kind) -> None:
    from .conftest import Site  # noqa: PLC0415 - for this test alone

    if kind == "docker-registry" and not installed.PROGRAM:
        pytest.skip("docker-registry is not installed")
    first = Site(kind, warden, tmp_path)
    digest = push(first, "app", "1")
    first.registry.stop()
    with pytest.raises(RegistryAnswerError, match="does not answer"):
        first.registry.digest("app", "1")
    again = Registry.start(warden, tmp_path, kind=kind)
    assert again.kind == kind
    assert again.digest("app", "1") == digest
    again.stop()


def test_debians_registry_is_preferred(warden: Warden, tmp_path: Path) -> None:
    registry = Registry.start(warden, tmp_path)
    assert registry.kind == ("docker-registry" if installed.PROGRAM else "embedded")
    registry.stop()


def test_a_registry_that_does_not_come_up_is_an_error(
    warden: Warden, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = tmp_path / "docker-registry"
    failing.write_text("#!/bin/sh\necho no such option >&2\nexit 3\n")
    failing.chmod(0o755)
    monkeypatch.setattr(installed, "PROGRAM", str(failing))
    with pytest.raises(RegistryNotStartedError, match=r"ended at once; .*registry\.log"):
        InstalledRegistry(warden, tmp_path / "state", lambda *_: None)
    assert "no such option" in (tmp_path / "state" / "registry.log").read_text()


def test_it_listens_on_loopback_only(site: Site) -> None:
    host, port = site.registry.host.split(":")
    assert host == "127.0.0.1"
    with socket.create_connection((host, int(port))):
        pass


def test_uploads_that_were_cut_short_are_forgotten_at_the_next_start(warden: Warden, tmp_path: Path) -> None:
    left = tmp_path / "data" / "uploads" / "half"
    left.parent.mkdir(parents=True)
    left.write_bytes(os.urandom(10))
    registry = Registry.start(warden, tmp_path, kind="embedded")
    registry.stop()
    assert not left.exists()
