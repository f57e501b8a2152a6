import io
import zipfile

import pytest

from rehearsal.sources import hook
from rehearsal.sources.repositories import NOWHERE, Repositories, RepositoryError


def test_a_push_is_there(repositories, clone):
    path = repositories.create("org/app")
    commit = clone.commit("first\n\nwith more", a__txt="1", **{"deep/b.txt": "2"})
    clone.git("push", str(path), "main", "main:other")
    head = repositories.head("org/app", "main")
    assert (head.id, head.author, head.message) == (commit, "A Person", "first\n\nwith more")
    assert head.parents == ()
    assert repositories.branches("org/app") == ["main", "other"]
    assert repositories.default_branch("org/app") == "main"
    assert "org/app" in repositories.names()
    assert repositories.create("org/app") == path


def test_an_archive_is_the_same_every_time(repositories, clone):
    path = repositories.create("archived")
    commit = clone.commit(a__txt="1", run="#!/bin/sh")
    clone.git("push", str(path), "main")
    first = repositories.archive("archived", commit)
    assert first == repositories.archive("archived", "main")
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert sorted(archive.namelist()) == ["a.txt", "run"]


def test_what_a_push_changed(repositories, clone):
    path = repositories.create("changed")
    first = clone.commit(a__txt="1", b__txt="1")
    second = clone.commit(b__txt="2", **{"with space/ü.txt": "3"})
    clone.git("push", str(path), "main")
    assert repositories.changed("changed", first, second) == ["b.txt", "with space/ü.txt"]
    assert repositories.changed("changed", NOWHERE, first) == ["a.txt", "b.txt"]


def test_a_checkout_has_its_history(repositories, clone, tmp_path):
    path = repositories.create("cloned")
    first = clone.commit(a__txt="1")
    clone.commit(a__txt="2")
    clone.git("push", str(path), "main")
    assert repositories.check_out("cloned", first, tmp_path / "one") == first
    assert (tmp_path / "one" / "a.txt").read_text() == "1"
    assert (tmp_path / "one" / ".git").exists()


@pytest.mark.parametrize("name", ["", "..", "a/../b", "/etc", "a b", "a.git", "-x", "a/"])
def test_a_name_that_is_none(repositories, name):
    with pytest.raises(RepositoryError, match="no name"):
        repositories.create(name)


def test_what_is_not_there(repositories):
    with pytest.raises(RepositoryError, match="no repository nothing"):
        repositories.head("nothing", "main")
    repositories.create("empty")
    with pytest.raises(RepositoryError, match="has no branch main"):
        repositories.head("empty", "main")
    repositories.delete("empty")
    assert "empty" not in repositories.names()


@pytest.mark.parametrize("with_curl", [True, False])
def test_the_hook_tells_of_every_update(tmp_path, clone, listener, monkeypatch, with_curl):
    if not with_curl:
        monkeypatch.setattr(hook.shutil, "which", lambda _: None)
    repositories = Repositories(tmp_path / "it's here")
    repositories.announce(listener.url)
    path = repositories.create("org/app")
    commit = clone.commit()
    said = clone.git("push", str(path), "main", 'main:refs/heads/od"d')
    assert "rehearsal" not in said
    told = {"repository": "org/app", "updates": [{"old": NOWHERE, "new": commit, "ref": "refs/heads/main"}]}
    told["updates"].append({"old": NOWHERE, "new": commit, "ref": 'refs/heads/od"d'})
    assert listener.told == [("/_rehearsal/pushed", told)]
    after = clone.commit()
    clone.git("push", str(path), "main", ':od"d')
    updates = {each["ref"]: (each["old"], each["new"]) for each in listener.told[1][1]["updates"]}
    assert updates == {"refs/heads/main": (commit, after), 'refs/heads/od"d': (commit, NOWHERE)}


def test_a_push_without_a_server_is_taken_and_said(tmp_path, clone):
    repositories = Repositories(tmp_path)
    path = repositories.create("alone")
    commit = clone.commit()
    assert "did not take note of this push" in clone.git("push", str(path), "main")
    assert repositories.head("alone", "main").id == commit
    repositories.announce("http://127.0.0.1:1")
    clone.commit()
    assert "http://127.0.0.1:1 did not take note" in clone.git("push", str(path), "main")
