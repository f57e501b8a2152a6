import http.client
import io
import json
import socket
from concurrent.futures import ThreadPoolExecutor

import docker.errors
import pytest

from tests.rehearsal.ecr.conftest import INDEX, digest_of, local, login, word


def test_an_engine_pushes_and_pulls_and_all_agree_on_the_digest(engine, new, api, cloud):
    repository = new()
    assert repository.uri == f"{cloud.registry}/{repository.name}"
    recipe = io.BytesIO(b"FROM scratch\nLABEL some=thing\nCMD ['x']\n")
    image, _ = engine.images.build(fileobj=recipe, tag=f"{repository.uri}:v1", rm=True)
    said = list(engine.api.push(repository.uri, "v1", stream=True, decode=True, auth_config=login(api)))
    digest = next(line["aux"]["Digest"] for line in said if "aux" in line)
    (described,) = api.describe_images(repositoryName=repository.name, imageIds=[{"imageTag": "v1"}])["imageDetails"]
    assert (described["imageDigest"], described["imageTags"]) == (digest, ["v1"])
    engine.images.remove(image.id, force=True)
    pulled = engine.images.pull(repository.uri, "v1", auth_config=login(api))
    assert pulled.id == image.id
    assert engine.images.pull(f"{repository.uri}@{digest}", auth_config=login(api)).id == image.id


def test_an_engine_without_password_gets_nothing(engine, new):
    repository = new()
    repository.push("v1")
    with pytest.raises(docker.errors.APIError, match=r"(?i)not authorized|no basic auth"):
        engine.images.pull(repository.uri, "v1", auth_config={"username": "AWS", "password": "guessed"})
    for authorization in ["", "QVdTOmd1ZXNzZWQ=", "%%%"]:
        refused = repository.call("GET", "manifests/v1", as_=authorization)
        assert refused.status == 401
        assert refused.headers["Www-Authenticate"].startswith('Basic realm="http://127.0.0.1:')


def test_what_is_said_of_an_image(new, api, cloud):
    repository = new()
    digest = repository.push("v1", "twelve bytes")
    (image,) = api.describe_images(repositoryName=repository.name)["imageDetails"]
    assert image["imageDigest"] == digest
    assert image["imageSizeInBytes"] == 12
    assert image["imageManifestMediaType"].endswith("manifest.v2+json")
    (got,) = api.batch_get_image(repositoryName=repository.name, imageIds=[{"imageTag": "v1"}])["images"]
    assert got["imageId"] == {"imageDigest": digest, "imageTag": "v1"}
    assert digest_of(got["imageManifest"].encode()) == digest
    head = repository.call("HEAD", "manifests/v1")
    assert (head.status, head.headers["Docker-Content-Digest"], head.body) == (200, digest, b"")
    assert repository.tags() == ["v1"]
    detail = {
        "result": "SUCCESS",
        "repository-name": repository.name,
        "image-digest": digest,
        "action-type": "PUSH",
        "image-tag": "v1",
        "manifest-media-type": image["imageManifestMediaType"],
    }
    assert cloud.bus.heard[-1] == ("aws.ecr", "ECR Image Action", detail, (), "eu-west-1")


def test_layers_come_back_whole_or_in_part(new):
    repository = new()
    content = bytes(range(256)) * 4096
    digest = repository.blob(content)
    assert repository.call("GET", f"blobs/{digest}").body == content
    part = repository.call("GET", f"blobs/{digest}", Range="bytes=5-9")
    assert (part.status, part.body) == (206, content[5:10])
    head = repository.call("HEAD", f"blobs/{digest}")
    assert (head.status, head.headers["Content-Length"]) == (200, str(len(content)))
    assert repository.call("HEAD", f"blobs/{digest_of(b'other')}").status == 404


def test_immutable_tags_keep_their_image(new, api):
    repository = new(imageTagMutability="IMMUTABLE")
    digest = repository.push("v1")
    other = repository.manifest("another layer")
    refused = repository.put("v1", other)
    assert refused.status == 400
    told = f"The image tag 'v1' already exists in the '{repository.name}' repository and cannot be overwritten because "
    assert refused.error == ("TAG_INVALID", f"{told}the tag is immutable.")
    assert repository.put("v1", repository.manifest()).status == 201
    assert repository.put("v2", other).status == 201
    assert repository.ids() == sorted([(digest, "v1"), (digest_of(other), "v2")])
    api.put_image_tag_mutability(repositoryName=repository.name, imageTagMutability="MUTABLE")
    assert repository.put("v1", other).status == 201
    assert repository.ids() == sorted([(digest, ""), (digest_of(other), "v1"), (digest_of(other), "v2")])


@pytest.mark.parametrize(
    ("kind", "tag", "moves"),
    [
        ("IMMUTABLE_WITH_EXCLUSION", "latest-1", True),
        ("IMMUTABLE_WITH_EXCLUSION", "v1", False),
        ("MUTABLE_WITH_EXCLUSION", "latest-1", False),
        ("MUTABLE_WITH_EXCLUSION", "v1", True),
    ],
)
def test_exceptions_from_immutability(new, kind, tag, moves):
    filters = [{"filterType": "WILDCARD", "filter": "latest*"}]
    repository = new(imageTagMutability=kind, imageTagMutabilityExclusionFilters=filters)
    repository.push(tag)
    assert repository.put(tag, repository.manifest("another")).status == (201 if moves else 400)


def test_lists_of_images_for_several_processors(new, api):
    repository = new()
    child = repository.manifest()
    assert repository.put(digest_of(child), child).status == 201
    part = {"digest": digest_of(child), "size": len(child), "mediaType": "application/vnd.oci.image.manifest.v1+json"}
    index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [part]}).encode()
    assert repository.put("v1", index, INDEX).status == 201
    assert repository.ids() == sorted([(digest_of(child), ""), (digest_of(index), "v1")])
    wanted = [{"imageDigest": digest_of(child)}]
    kept = api.batch_delete_image(repositoryName=repository.name, imageIds=wanted)
    assert [each["failureCode"] for each in kept["failures"]] == ["ImageReferencedByManifestList"]


def test_what_is_refused(new, api, cloud):
    repository = new()
    manifest = repository.manifest()
    assert repository.call("GET", "manifests/none").error == ("MANIFEST_UNKNOWN", "Requested image not found")
    nowhere = repository.call("POST", "/v2/nowhere/blobs/uploads/")
    assert (nowhere.status, nowhere.error[0]) == (404, "NAME_UNKNOWN")
    assert "'nowhere' does not exist in the registry with id '123456789012'" in nowhere.error[1]
    assert repository.put(digest_of(b"x"), manifest).error[0] == "DIGEST_INVALID"
    missing = manifest.replace(digest_of(b"a layer").encode(), digest_of(b"missing").encode())
    refused = repository.put("v1", missing)
    assert (refused.status, refused.error[0]) == (400, "MANIFEST_BLOB_UNKNOWN") or refused.status == 404
    for method, path in [("DELETE", "manifests/v1"), ("GET", "/v2/_catalog"), ("DELETE", f"blobs/{digest_of(b'x')}")]:
        assert repository.call(method, path).status == 405
    assert repository.ids() == []
    elsewhere = word(cloud.client("ecr", "us-west-2"))
    assert repository.call("GET", "tags/list", as_=elsewhere).error[0] == "NAME_UNKNOWN"


def test_no_layer_is_taken_out_of_another_repository(new):
    first, second = new(), new()
    digest = first.blob(b"secret layer")
    begun = second.call("POST", f"blobs/uploads/?mount={digest}&from={first.name}")
    assert begun.status == 202
    assert local(begun).startswith(f"/v2/{second.name}/blobs/uploads/")
    assert second.call("HEAD", f"blobs/{digest}").status == 404


def test_an_engine_that_goes_away_leaves_nothing(new, cloud):
    repository = new()
    begun = repository.call("POST", "blobs/uploads/")
    host, port = cloud.registry.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        head = f"PATCH {local(begun)} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic {repository.word}\r\n"
        line.sendall(f"{head}Content-Length: 1000\r\n\r\nonly this".encode())
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100) == b""
    whole = repository.push("v1")
    assert repository.call("HEAD", "manifests/v1").headers["Docker-Content-Digest"] == whole


def test_a_connection_serves_one_request_after_the_other(new, cloud):
    repository = new()
    digest = repository.push("v1")
    line = http.client.HTTPConnection(cloud.registry, timeout=10)
    for _ in range(3):
        line.request(
            "HEAD", f"/v2/{repository.name}/manifests/v1", headers={"Authorization": f"Basic {repository.word}"}
        )
        answer = line.getresponse()
        answer.read()
        assert answer.headers["Docker-Content-Digest"] == digest
    line.close()


def test_tags_in_pages(new):
    repository = new()
    for tag in ("a", "b", "c"):
        repository.push(tag)
    first = repository.call("GET", "tags/list?n=2")
    assert json.loads(first.body)["tags"] == ["a", "b"]
    link = first.headers["Link"].partition(">")[0].removeprefix("<")
    assert json.loads(repository.call("GET", link).body)["tags"] == ["c"]
    assert repository.call("GET", "tags/list?n=0").error[0] == "PAGINATION_NUMBER_INVALID"


def test_of_two_pushes_at_once_one_gets_the_tag(new):
    repository = new(imageTagMutability="IMMUTABLE")
    manifests = [repository.manifest(f"layer {number}") for number in range(6)]
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda manifest: repository.put("v1", manifest).status, manifests))
    assert sorted(answers) == [201, 400, 400, 400, 400, 400]
    (kept,) = repository.ids()
    assert kept == (digest_of(manifests[answers.index(201)]), "v1")
