import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from pipeline.publish.upload import Shelf
from tests.support.clients import client

OBJECTS = {"greeter/service/abc.json": b"{}", "greeter/lambdas/def.zip": b"PK"}


@pytest.fixture
def shelf(s3):
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="templates", VersioningConfiguration={"Status": "Enabled"})
    return Shelf(s3, "templates", "123456789012")


def versions(s3, key):
    return s3.list_object_versions(Bucket="templates", Prefix=key).get("Versions", [])


def test_objects_named_by_content_are_written_once(s3, shelf):
    assert set(shelf.put_once(OBJECTS).values()) == {"uploaded"}
    assert set(shelf.put_once(OBJECTS).values()) == {"there already"}

    assert {key: len(versions(s3, key)) for key in OBJECTS} == dict.fromkeys(OBJECTS, 1)
    assert s3.get_object(Bucket="templates", Key="greeter/service/abc.json")["Body"].read() == b"{}"


def test_what_an_interrupted_run_left_out_is_added(s3, shelf):
    shelf.put_once({"greeter/service/abc.json": b"{}"})

    assert shelf.put_once(OBJECTS) == {
        "greeter/service/abc.json": "there already",
        "greeter/lambdas/def.zip": "uploaded",
    }


def test_the_package_is_the_same_only_byte_for_byte(s3, shelf):
    assert not shelf.same("greeter/package.zip", b"one")
    shelf.put_version("greeter/package.zip", b"one")

    assert shelf.same("greeter/package.zip", b"one")
    assert not shelf.same("greeter/package.zip", b"two")


def test_each_package_is_a_version_that_stays(s3, shelf):
    first = shelf.put_version("greeter/package.zip", b"one")
    second = shelf.put_version("greeter/package.zip", b"two")

    kept = {version["VersionId"]: version["IsLatest"] for version in versions(s3, "greeter/package.zip")}
    assert kept == {first: False, second: True}


def test_two_uploads_at_once_are_settled():
    made = client("s3")
    with Stubber(made) as stub:
        stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
        stub.add_client_error("put_object", "PreconditionFailed", http_status_code=412)

        fates = Shelf(made, "templates", "123456789012").put_once({"greeter/main/abc.json": b"{}"})

    assert fates == {"greeter/main/abc.json": "there already"}


def test_a_denial_is_not_taken_for_an_absent_package():
    made = client("s3")
    expected = {"Bucket": "templates", "Key": ANY, "ExpectedBucketOwner": "123456789012"}
    with Stubber(made) as stub:
        stub.add_client_error("get_object", "AccessDenied", http_status_code=403, expected_params=expected)

        with pytest.raises(ClientError, match="AccessDenied"):
            Shelf(made, "templates", "123456789012").same("greeter/package.zip", b"one")
