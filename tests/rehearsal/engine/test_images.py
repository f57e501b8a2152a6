"""Images: names, removal, registries and archives, the same on both engines."""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import tarfile
from typing import TYPE_CHECKING, Any

import docker
import pytest

from tests.support.docker_engine import output_of

from .conftest import LABEL, MARK, Site, archive

if TYPE_CHECKING:
    from pathlib import Path

    from rehearsal.registry.handle import Registry


def image(site: Site, **files: str) -> Any:
    """Make an image that no other test has."""
    return site.image("FROM scratch\nCOPY . /x/\n", {"unique": secrets.token_hex(8), **files})


def pushed(site: Site, registry: Registry, made: Any) -> tuple[str, str, dict[str, Any]]:
    """Push an image and return its repository's name, its digest, and the last thing that was said."""
    repository = f"team/{secrets.token_hex(4)}"
    made.tag(f"{registry.host}/{repository}", "v1")
    said = list(site.client.images.push(f"{registry.host}/{repository}", tag="v1", stream=True, decode=True))
    assert "error" not in said[-1], said
    return repository, said[-1]["aux"]["Digest"], said[-1]


def test_an_image_is_found_by_all_its_names(site: Site) -> None:
    made = image(site)
    [name] = made.tags
    for each in (
        name,
        name.removesuffix(":1") + ":1",
        made.id,
        made.id[7:],
        made.id[7:19],
        f"docker.io/library/{name}",
    ):
        assert site.client.images.get(each).id == made.id
    with pytest.raises(docker.errors.ImageNotFound, match="No such image: nobody:latest"):
        site.client.images.get("nobody")


def test_a_tag_is_another_name_and_moves(site: Site) -> None:
    one, two, name = image(site), image(site), site.name()
    one.tag(name)
    assert site.client.images.get(name).id == one.id
    two.tag(name)
    assert site.client.images.get(name).id == two.id
    one.reload()
    assert name not in one.tags


@pytest.mark.parametrize(
    ("name", "message"),
    [("UPPER:1", "must be lowercase"), ("a//b", "invalid reference format"), ("-a:1", "invalid reference format")],
)
def test_names_that_are_none_are_refused(site: Site, name: str, message: str) -> None:
    repository, _, tag = name.rpartition(":") if ":" in name and "//" not in name else (name, "", "1")
    answer = site.call("POST", f"/v1.41/images/{image(site).id}/tag?repo={repository}&tag={tag}")
    assert answer.status in (400, 500)
    assert message in answer.message


def test_images_are_listed_by_name_label_and_having_one(site: Site) -> None:
    made = site.image(f"FROM scratch\nLABEL {LABEL}\nENV A={secrets.token_hex(4)}\n")
    name = made.tags[0].removesuffix(":1")
    for query in (name, f"{name}:1", f"{name[:-2]}*"):
        assert [each.id for each in site.client.images.list(query)] == [made.id]
    assert made.id in [each.id for each in site.client.images.list(filters={"label": LABEL})]
    assert made.id not in [each.id for each in site.client.images.list(filters={"dangling": True})]
    assert site.call("GET", '/v1.41/images/json?filters={"nonsense":["1"]}').status in (400, 500)


def test_the_last_name_takes_the_image_along(site: Site) -> None:
    made, other = image(site), site.name()
    made.tag(other)
    site.client.images.remove(made.tags[0])
    assert site.client.images.get(other).id == made.id
    answer = site.call("DELETE", f"/v1.41/images/{other}")
    assert {"Untagged": other} in json.loads(answer.body)
    assert {"Deleted": made.id} in json.loads(answer.body)
    assert site.call("GET", f"/v1.41/images/{made.id}/json").status == 404
    assert site.call("DELETE", f"/v1.41/images/{other}").status == 404


def test_an_image_with_several_names_is_removed_by_force_only(site: Site) -> None:
    made = image(site)
    made.tag(site.name())
    with pytest.raises(docker.errors.APIError, match=r"must be forced.*referenced in multiple repositories"):
        site.client.images.remove(made.id)
    site.client.images.remove(made.id, force=True)


def test_an_image_that_a_container_uses_stays(site: Site) -> None:
    made = image(site)
    container = site.client.containers.create(made.tags[0], ["x"], labels=MARK)
    with pytest.raises(docker.errors.APIError, match=f"container {container.id[:12]} is using its referenced image"):
        site.client.images.remove(made.tags[0])
    container.remove()
    site.client.images.remove(made.tags[0])


def test_the_history_tells_each_step(site: Site) -> None:
    made = site.image("FROM scratch\nENV A=1\nCOPY f /f\n", {"f": secrets.token_hex(8)})
    last, first = made.history()
    assert (last["Id"], last["Tags"]) == (made.id, made.tags)
    assert last["Size"] > 0
    assert first["CreatedBy"] == "/bin/sh -c #(nop)  ENV A=1"
    assert first["Size"] == 0


# Registries.


def test_a_push_ends_with_the_digest_that_the_registry_has(site: Site, registry: Registry) -> None:
    made = image(site)
    repository, digest, last = pushed(site, registry, made)
    manifest = registry.manifest(repository, "v1")
    assert manifest
    assert manifest.digest == digest == f"sha256:{hashlib.sha256(manifest.raw).hexdigest()}"
    assert last["aux"] == {"Tag": "v1", "Digest": digest, "Size": len(manifest.raw)}
    assert manifest.media_type == "application/vnd.docker.distribution.manifest.v2+json"
    assert manifest.document["config"]["digest"] == made.id
    made.reload()
    assert f"{registry.host}/{repository}@{digest}" in made.attrs["RepoDigests"]


def test_what_was_pushed_before_is_not_pushed_again(site: Site, registry: Registry) -> None:
    made = image(site)
    repository, digest, _ = pushed(site, registry, made)
    said = list(site.client.images.push(f"{registry.host}/{repository}", tag="v1", stream=True, decode=True))
    assert any(line.get("status") == "Layer already exists" for line in said)
    assert said[-1]["aux"]["Digest"] == digest


def test_a_pull_brings_back_the_very_image(site: Site, registry: Registry) -> None:
    made = image(site)
    repository, digest, _ = pushed(site, registry, made)
    for name in (made.tags[0], f"{registry.host}/{repository}:v1"):
        site.client.images.remove(name)
    said = site.call("POST", f"/v1.41/images/create?fromImage={registry.host}/{repository}&tag=v1").lines
    assert said[0] == {"status": f"Pulling from {repository}", "id": "v1"}
    assert said[-2] == {"status": f"Digest: {digest}"}
    assert said[-1] == {"status": f"Status: Downloaded newer image for {registry.host}/{repository}:v1"}
    assert site.client.images.get(f"{registry.host}/{repository}:v1").id == made.id
    again = site.call("POST", f"/v1.41/images/create?fromImage={registry.host}/{repository}&tag=v1").lines
    assert again[-1] == {"status": f"Status: Image is up to date for {registry.host}/{repository}:v1"}
    site.client.images.remove(made.id, force=True)
    by_digest = site.client.images.pull(f"{registry.host}/{repository}@{digest}")
    assert by_digest.id == made.id
    site.client.images.remove(made.id, force=True)


def test_the_engines_read_what_the_other_wrote(embedded: Site, real: Site, registry: Registry, busybox: Path) -> None:
    for ours, theirs in ((embedded, real), (real, embedded)):
        files = {"bin/busybox": busybox, "bin/sh": "->busybox", "f": secrets.token_hex(8)}
        made = ours.image('FROM scratch\nCOPY . /\nCMD ["/bin/busybox", "cat", "/f"]\n', files)
        repository, digest, _ = pushed(ours, registry, made)
        pulled = theirs.client.images.pull(f"{registry.host}/{repository}", tag="v1")
        assert pulled.id == made.id
        assert output_of(theirs.client, pulled.tags[0]).decode() == files["f"]
        again = list(theirs.client.images.push(f"{registry.host}/{repository}", tag="v1", stream=True, decode=True))
        assert again[-1]["aux"]["Digest"] == digest
        for site in (ours, theirs):
            site.client.images.remove(made.id, force=True)


@pytest.mark.parametrize("where", ["push", "pull"])
def test_a_registry_that_is_not_there_is_an_error(site: Site, where: str) -> None:
    name = "127.0.0.1:1/app"
    if where == "push":
        made = image(site)
        made.tag(name, "1")
        said = list(site.client.images.push(name, tag="1", stream=True, decode=True))
        assert "connection refused" in said[-1]["error"]
        site.client.images.remove(f"{name}:1")
    else:
        answer = site.call("POST", f"/v1.41/images/create?fromImage={name}&tag=1")
        assert (answer.status, "connection refused" in answer.message) == (500, True)


def test_an_image_that_the_registry_does_not_have_is_not_found(site: Site, registry: Registry) -> None:
    with pytest.raises(
        docker.errors.NotFound, match=f"manifest for {registry.host}/nobody:1 not found: manifest unknown"
    ):
        site.client.images.pull(f"{registry.host}/nobody", tag="1")


def test_an_image_that_is_not_here_cannot_be_pushed(site: Site, registry: Registry) -> None:
    said = list(site.client.images.push(f"{registry.host}/nobody", tag="1", stream=True, decode=True))
    assert said[-1]["error"] == f"An image does not exist locally with the tag: {registry.host}/nobody"


def test_credentials_are_taken_along_and_hurt_nobody(site: Site, registry: Registry) -> None:
    told = site.client.login(username="AWS", password="secret", registry=f"http://{registry.host}", reauth=True)
    assert told["Status"] == "Login Succeeded"
    repository, digest, _ = pushed(site, registry, image(site))
    data = site.client.images.get_registry_data(f"{registry.host}/{repository}:v1")
    assert data.id == digest


# Archives.


def test_an_image_goes_through_an_archive(site: Site, tmp_path: Path) -> None:
    made = image(site, content="C")
    [name] = made.tags
    packed = b"".join(made.save(named=True))
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        [described] = json.loads(tar.extractfile("manifest.json").read())  # type: ignore[union-attr]  # it is a file
    assert described["RepoTags"] == [name]
    site.client.images.remove(name)
    [loaded] = site.client.images.load(packed)
    assert (loaded.id, loaded.tags) == (made.id, [name])


def test_the_engines_load_what_the_other_saved(embedded: Site, real: Site) -> None:
    for ours, theirs in ((embedded, real), (real, embedded)):
        made = image(ours)
        [loaded] = theirs.client.images.load(b"".join(made.save()))
        assert loaded.id == made.id
        theirs.client.images.remove(made.id, force=True)


def test_files_become_an_image(site: Site) -> None:
    name = site.name()
    repository, _, tag = name.partition(":")
    answer = site.call(
        "POST",
        f"/v1.41/images/create?fromSrc=-&repo={repository}&tag={tag}",
        archive({"etc/hello": secrets.token_hex(8)}),
        Content_Type="application/x-tar",
    )
    assert answer.status == 200
    made = site.client.images.get(name)
    assert answer.lines[-1]["status"] == made.id
    assert len(made.attrs["RootFS"]["Layers"]) == 1


def test_an_archive_that_is_none_is_an_error(site: Site) -> None:
    answer = site.call("POST", "/v1.41/images/load", b"nonsense" * 200, Content_Type="application/x-tar")
    assert answer.status == 500 or "error" in answer.lines[-1]
