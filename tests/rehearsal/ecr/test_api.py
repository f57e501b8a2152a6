import hashlib
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.ecr.conftest import MANIFEST, digest_of, word


def test_passwords_last_for_twelve_hours_and_say_where(api, cloud):
    (granted,) = api.get_authorization_token()["authorizationData"]
    assert granted["proxyEndpoint"] == f"http://{cloud.registry}"
    left = granted["expiresAt"] - datetime.now(UTC)
    assert timedelta(hours=11, minutes=59) < left <= timedelta(hours=12)


def test_an_image_is_pushed_through_the_api_alone(new, api):
    repository = new()
    for content in (b"a layer", b'{"says": "a layer"}'):
        upload = api.initiate_layer_upload(repositoryName=repository.name)["uploadId"]
        api.upload_layer_part(
            repositoryName=repository.name,
            uploadId=upload,
            partFirstByte=0,
            partLastByte=len(content) - 1,
            layerPartBlob=content,
        )
        ended = api.complete_layer_upload(
            repositoryName=repository.name, uploadId=upload, layerDigests=[digest_of(content)]
        )
        assert ended["layerDigest"] == digest_of(content)
    manifest = new().manifest().decode()
    put = api.put_image(repositoryName=repository.name, imageManifest=manifest, imageTag="v1")["image"]
    assert put["imageId"] == {"imageTag": "v1", "imageDigest": digest_of(manifest.encode())}
    assert repository.call("GET", "manifests/v1").body == manifest.encode()
    with pytest.raises(api.exceptions.ImageAlreadyExistsException):
        api.put_image(repositoryName=repository.name, imageManifest=manifest, imageTag="v1")
    again = api.put_image(repositoryName=repository.name, imageManifest=manifest, imageTag="v2")["image"]
    assert again["imageId"]["imageTag"] == "v2"


def test_what_put_image_refuses(new, api):
    repository = new(imageTagMutability="IMMUTABLE")
    repository.push("v1")
    other, name = repository.manifest("another"), repository.name
    elsewhere = new().manifest("of another repository").decode()
    for error, settings in [
        ("ImageTagAlreadyExistsException", {"imageManifest": other.decode(), "imageTag": "v1"}),
        ("ImageDigestDoesNotMatchException", {"imageManifest": other.decode(), "imageDigest": digest_of(b"x")}),
        ("LayersNotFoundException", {"imageManifest": elsewhere, "imageTag": "v2"}),
        ("InvalidParameterException", {"imageManifest": "{"}),
        ("InvalidParameterException", {"imageManifest": "{}"}),
    ]:
        with pytest.raises(ClientError) as caught:
            api.put_image(repositoryName=name, **settings)
        assert caught.value.response["Error"]["Code"] == error
    with pytest.raises(api.exceptions.RepositoryNotFoundException):
        api.put_image(repositoryName="nowhere", imageManifest=other.decode())


def test_layers_are_found_and_fetched(new, api):
    repository = new()
    known, unknown = repository.blob(b"a layer"), digest_of(b"unknown")
    found = api.batch_check_layer_availability(repositoryName=repository.name, layerDigests=[known, unknown, "bad"])
    assert [(each["layerAvailability"], each.get("layerSize")) for each in found["layers"]] == [
        ("AVAILABLE", 7),
        ("UNAVAILABLE", None),
    ]
    assert [each["failureCode"] for each in found["failures"]] == ["InvalidLayerDigest"]
    url = api.get_download_url_for_layer(repositoryName=repository.name, layerDigest=known)["downloadUrl"]
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert hashlib.sha256(answer.read()).hexdigest() == known.removeprefix("sha256:")
    with pytest.raises(api.exceptions.LayersNotFoundException):
        api.get_download_url_for_layer(repositoryName=repository.name, layerDigest=unknown)


def test_an_image_goes_with_its_last_tag(new, api, cloud):
    repository = new()
    digest = repository.push("v1")
    assert repository.push("v2") == digest
    gone = api.batch_delete_image(repositoryName=repository.name, imageIds=[{"imageTag": "v1"}, {"imageTag": "none"}])
    assert gone["imageIds"] == [{"imageDigest": digest, "imageTag": "v1"}]
    assert [each["failureCode"] for each in gone["failures"]] == ["ImageNotFound"]
    assert cloud.images.tags(f"eu-west-1/{repository.name}") == repository.tags() == ["v2"]
    assert repository.call("GET", "manifests/v1").status == 404
    api.batch_delete_image(repositoryName=repository.name, imageIds=[{"imageTag": "v2"}])
    assert repository.ids() == []
    assert cloud.images.manifest(f"eu-west-1/{repository.name}", digest) is None
    with pytest.raises(api.exceptions.ImageNotFoundException):
        api.describe_images(repositoryName=repository.name, imageIds=[{"imageTag": "v2"}])
    assert cloud.bus.heard[-1][2]["action-type"] == "DELETE"


def test_deleting_by_digest_takes_all_tags(new, api):
    repository = new()
    digest = repository.push("v1")
    repository.push("v2")
    gone = api.batch_delete_image(repositoryName=repository.name, imageIds=[{"imageDigest": digest}, {}])
    assert sorted(each["imageTag"] for each in gone["imageIds"]) == ["v1", "v2"]
    assert [each["failureCode"] for each in gone["failures"]] == ["MissingDigestAndTag"]
    assert repository.ids() == []


def test_a_repository_with_images_is_deleted_only_by_force(new, api, cloud):
    repository = new()
    digest = repository.push("v1")
    with pytest.raises(api.exceptions.RepositoryNotEmptyException):
        api.delete_repository(repositoryName=repository.name)
    api.delete_repository(repositoryName=repository.name, force=True)
    assert cloud.images.manifest(f"eu-west-1/{repository.name}", digest) is None
    assert repository.call("GET", "manifests/v1").error[0] == "NAME_UNKNOWN"


def test_untagged_images_are_told_apart(new, api):
    repository = new()
    old = repository.push("v1")
    new_one = repository.push("v1", "another")
    by_status = {
        status: [
            image["imageDigest"]
            for image in api.describe_images(repositoryName=repository.name, filter={"tagStatus": status})[
                "imageDetails"
            ]
        ]
        for status in ("TAGGED", "UNTAGGED")
    }
    assert by_status == {"TAGGED": [new_one], "UNTAGGED": [old]}


def test_regions_have_repositories_of_their_own(new, api, cloud):
    here = new()
    digest = here.push("v1")
    there = cloud.client("ecr", "us-west-2")
    made = there.create_repository(repositoryName=here.name, imageTagMutability="IMMUTABLE")["repository"]
    assert there.list_images(repositoryName=here.name)["imageIds"] == []
    assert ":us-west-2:" in made["repositoryArn"]
    assert here.ids() == [(digest, "v1")]


def test_a_kept_folder_gives_its_images_back(new, api, cloud):
    repository = new()
    digest = repository.push("v1")
    # As after a new start: the records are gone, the registry's folder is not.
    del cloud.backend("ecr").repositories[repository.name]
    api.create_repository(repositoryName=repository.name)
    assert repository.ids() == [(digest, "v1")]


PUSH = (
    "BatchCheckLayerAvailability",
    "InitiateLayerUpload",
    "UploadLayerPart",
    "CompleteLayerUpload",
    "BatchGetImage",
    "PutImage",
)


def push(repository, text, **who):
    """Push as engines do, and return the first refusal."""
    looked = repository.call("HEAD", f"blobs/{digest_of(text.encode())}", **who)
    if looked.status != 404:
        return f"{looked.status} BatchCheckLayerAvailability"
    try:
        manifest = repository.manifest(text, **who)
    except AssertionError as refused:
        return str(refused)
    put = repository.put("v1", manifest, MANIFEST, **who)
    return None if put.status == 201 else str(put)


def test_a_role_may_push_with_these_actions_and_no_fewer(new, role):
    repository = new()
    arn = repository.described["repositoryArn"]
    all_of_them = [f"ecr:{action}" for action in PUSH]
    for missing in PUSH:
        allowed = [action for action in all_of_them if not action.endswith(f":{missing}")]
        somebody = role(*allowed, resource=arn)
        refused = push(repository, f"without {missing}", as_=word(somebody))
        assert "403" in refused
        assert missing in refused
    assert push(repository, "with all", as_=word(role(*all_of_them, resource=arn))) is None
    sentence = repository.call("GET", "manifests/v1", as_=word(role("ecr:PutImage", resource=arn))).error
    assert sentence[0] == "DENIED"
    assert (
        f"/somebody is not authorized to perform: ecr:BatchGetImage on resource: {arn} because no identity"
        in (sentence[1])
    )


def test_the_policy_of_a_repository_counts(new, role, api):
    repository = new()
    repository.push("v1")
    somebody = word(role("ecr:BatchGetImage"))
    assert repository.call("GET", "manifests/v1", as_=somebody).status == 200
    denial = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"ecr:BatchGetImage"}]}'
    api.set_repository_policy(repositoryName=repository.name, policyText=denial)
    refused = repository.call("GET", "manifests/v1", as_=somebody)
    assert (refused.status, "explicit deny in a resource-based policy" in refused.error[1]) == (403, True)
