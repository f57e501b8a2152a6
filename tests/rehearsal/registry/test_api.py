"""The registry's API, as engines use it; the same for Debian's registry and for ours."""

from __future__ import annotations

import hashlib
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Answer, Site

MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
CONFIG = "application/vnd.docker.container.image.v1+json"
LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
NOBODY = "sha256:" + "0" * 64


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def name() -> str:
    return f"team/app-{secrets.token_hex(4)}"


def put_blob(site: Site, repository: str, data: bytes) -> str:
    begun = site.call("POST", f"/v2/{repository}/blobs/uploads/")
    place = begun.headers["Location"]
    digest = digest_of(data)
    done = site.call("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}", data)
    assert done.status == 201, done
    return digest


def manifest_of(config: bytes, layers: list[bytes]) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "size": len(config), "digest": digest_of(config)},
            "layers": [{"mediaType": LAYER, "size": len(layer), "digest": digest_of(layer)} for layer in layers],
        },
        indent=3,
    ).encode()


def push(site: Site, repository: str, tag: str, content: bytes = b"x") -> str:
    """Push an image of one layer and return its digest."""
    config = json.dumps({"made": secrets.token_hex(4)}).encode()
    put_blob(site, repository, config)
    put_blob(site, repository, content)
    raw = manifest_of(config, [content])
    answer = site.call("PUT", f"/v2/{repository}/manifests/{tag}", raw, Content_Type=MANIFEST)
    assert answer.status == 201, answer
    assert answer.headers["Docker-Content-Digest"] == digest_of(raw)
    assert answer.headers["Location"].endswith(f"/v2/{repository}/manifests/{digest_of(raw)}")
    return digest_of(raw)


def complaint(answer: Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["errors"][0]["code"]


def test_it_says_what_it_is(site: Site) -> None:
    answer = site.call("GET", "/v2/")
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


def test_a_blob_goes_up_in_pieces_and_comes_down_whole_and_in_part(site: Site) -> None:
    repository, data = name(), secrets.token_bytes(300_000)
    begun = site.call("POST", f"/v2/{repository}/blobs/uploads/")
    assert begun.status == 202
    assert begun.headers["Docker-Upload-Uuid"]
    first = site.call("PATCH", begun.headers["Location"], data[:100_000], Content_Type="application/octet-stream")
    assert (first.status, first.headers["Range"]) == (202, "0-99999")
    told = site.call("GET", first.headers["Location"])
    assert (told.status, told.headers["Range"]) == (204, "0-99999")
    rest = [data[start : start + 70_000] for start in range(100_000, len(data), 70_000)]
    second = site.call("PATCH", told.headers["Location"], iter(rest), chunked=True, Transfer_Encoding="chunked")
    assert (second.status, second.headers["Range"]) == (202, "0-299999")
    place = second.headers["Location"]
    digest = digest_of(data)
    done = site.call("PUT", f"{place}{'&' if '?' in place else '?'}digest={digest}")
    assert done.status == 201
    assert done.headers["Docker-Content-Digest"] == digest
    assert done.headers["Location"].endswith(f"/v2/{repository}/blobs/{digest}")
    whole = site.call("GET", f"/v2/{repository}/blobs/{digest}")
    assert whole.body == data
    assert whole.headers["Docker-Content-Digest"] == digest
    assert whole.headers["Content-Type"] == "application/octet-stream"
    part = site.call("GET", f"/v2/{repository}/blobs/{digest}", Range="bytes=1000-1999")
    assert (part.status, part.body) == (206, data[1000:2000])
    assert part.headers["Content-Range"] == "bytes 1000-1999/300000"
    head = site.call("HEAD", f"/v2/{repository}/blobs/{digest}")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, "300000", b"")


def test_a_blob_may_go_up_in_one_call_or_be_borrowed(site: Site) -> None:
    ours, theirs, data = name(), name(), secrets.token_bytes(100)
    digest = put_blob(site, ours, data)
    assert site.call("HEAD", f"/v2/{theirs}/blobs/{digest}").status == 404
    mounted = site.call("POST", f"/v2/{theirs}/blobs/uploads/?mount={digest}&from={ours}")
    assert mounted.status == 201
    assert site.call("GET", f"/v2/{theirs}/blobs/{digest}").body == data
    refused = site.call("POST", f"/v2/{theirs}/blobs/uploads/?mount={NOBODY}&from={ours}")
    assert refused.status == 202


def test_what_is_not_what_its_digest_says_is_refused(site: Site) -> None:
    repository = name()
    begun = site.call("POST", f"/v2/{repository}/blobs/uploads/")
    place = begun.headers["Location"]
    answer = site.call("PUT", f"{place}{'&' if '?' in place else '?'}digest={NOBODY}", b"something")
    assert complaint(answer) == (400, "DIGEST_INVALID")
    assert site.call("HEAD", f"/v2/{repository}/blobs/{NOBODY}").status == 404


def test_an_upload_can_be_given_up(site: Site) -> None:
    repository = name()
    begun = site.call("POST", f"/v2/{repository}/blobs/uploads/")
    assert site.call("DELETE", begun.headers["Location"]).status == 204
    assert site.call("PATCH", begun.headers["Location"], b"x").status == 404
    assert complaint(site.call("PATCH", f"/v2/{repository}/blobs/uploads/none", b"x"))[0] == 404


@pytest.mark.parametrize("accept", [MANIFEST, f"application/json, {MANIFEST}"])
def test_a_manifest_is_there_under_its_tag_and_under_its_digest(site: Site, accept: str) -> None:
    repository = name()
    digest = push(site, repository, "1.0")
    by_tag = site.call("GET", f"/v2/{repository}/manifests/1.0", Accept=accept)
    by_digest = site.call("GET", f"/v2/{repository}/manifests/{digest}", Accept=accept)
    assert by_tag.body == by_digest.body
    assert digest_of(by_tag.body) == by_tag.headers["Docker-Content-Digest"] == digest
    assert by_tag.headers["Content-Type"] == MANIFEST
    head = site.call("HEAD", f"/v2/{repository}/manifests/1.0", Accept=accept)
    assert (head.status, head.headers["Docker-Content-Digest"], head.body) == (200, digest, b"")
    assert head.headers["Content-Length"] == str(len(by_tag.body))


def test_a_tag_moves_and_the_old_manifest_stays(site: Site) -> None:
    repository = name()
    old, new = push(site, repository, "live"), push(site, repository, "live", b"y")
    assert site.registry.digest(repository, "live") == new
    assert site.call("GET", f"/v2/{repository}/manifests/{old}", Accept=MANIFEST).status == 200


def test_tags_and_repositories_are_listed(site: Site) -> None:
    repository = name()
    for tag in ("b", "a"):
        push(site, repository, tag)
    listed = json.loads(site.call("GET", f"/v2/{repository}/tags/list").body)
    assert (listed["name"], sorted(listed["tags"])) == (repository, ["a", "b"])
    assert repository in site.registry.repositories()
    assert site.registry.tags(repository) == ["a", "b"]
    one = site.call("GET", "/v2/_catalog?n=1")
    assert len(json.loads(one.body)["repositories"]) == 1


def test_a_deleted_manifest_takes_its_tags_along(site: Site) -> None:
    repository = name()
    digest = push(site, repository, "1")
    assert site.call("DELETE", f"/v2/{repository}/manifests/1").status == 400
    assert site.call("DELETE", f"/v2/{repository}/manifests/{digest}").status == 202
    assert complaint(site.call("GET", f"/v2/{repository}/manifests/1", Accept=MANIFEST)) == (404, "MANIFEST_UNKNOWN")
    assert complaint(site.call("DELETE", f"/v2/{repository}/manifests/{digest}")) == (404, "MANIFEST_UNKNOWN")
    assert site.registry.tags(repository) == []


def test_manifests_that_name_what_is_not_there_are_refused(site: Site) -> None:
    repository = name()
    push(site, repository, "1")
    raw = manifest_of(b"nowhere", [b"nor this"])
    answer = site.call("PUT", f"/v2/{repository}/manifests/2", raw, Content_Type=MANIFEST)
    assert complaint(answer) == (400, "MANIFEST_BLOB_UNKNOWN")
    assert complaint(site.call("PUT", f"/v2/{repository}/manifests/2", b"{", Content_Type=MANIFEST))[0] == 400
    answer = site.call("PUT", f"/v2/{repository}/manifests/{NOBODY}", raw, Content_Type=MANIFEST)
    assert answer.status == 400


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2/nobody/manifests/1", (404, "MANIFEST_UNKNOWN")),
        ("/v2/nobody/tags/list", (404, "NAME_UNKNOWN")),
        (f"/v2/nobody/blobs/{NOBODY}", (404, "BLOB_UNKNOWN")),
        ("/v2/nobody/blobs/sha256:aa", (400, "DIGEST_INVALID")),
    ],
)
def test_what_is_not_there_is_said_in_the_registrys_words(site: Site, path: str, expected: tuple[int, str]) -> None:
    assert complaint(site.call("GET", path)) == expected


@pytest.mark.parametrize(("method", "path"), [("GET", "/v2/UPPER/manifests/1"), ("GET", "/elsewhere")])
def test_other_paths_are_not_found(site: Site, method: str, path: str) -> None:
    assert site.call(method, path).status == 404


def test_a_method_that_it_does_not_know_is_refused(site: Site) -> None:
    assert site.call("POST", "/v2/app/manifests/1").status == 405


def test_many_may_push_at_once(site: Site) -> None:
    repository = name()
    with ThreadPoolExecutor(8) as threads:
        digests = list(
            threads.map(lambda number: push(site, repository, f"t{number}", secrets.token_bytes(50_000)), range(16))
        )
    assert [site.registry.digest(repository, f"t{number}") for number in range(16)] == digests


def test_whoever_started_it_hears_of_each_tag(site: Site) -> None:
    repository = name()
    digest = push(site, repository, "v1")
    assert site.hears((repository, "v1", digest))
