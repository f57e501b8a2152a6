"""Where others leave their answers for a stack: an address that anybody who knows it may write to."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from rehearsal.cloudformation.call import ResourceError

if TYPE_CHECKING:
    from rehearsal.cloudformation.call import Call

DAY = 24 * 60 * 60


def address(call: Call) -> str:
    """Return a new address, as CloudFormation makes them: of an object that can be put with no further rights."""
    bucket = f"cloudformation-custom-resource-response-{call.region}"
    client = call.cloud.client("s3", call.region)
    if call.region == "us-east-1":
        client.create_bucket(Bucket=bucket)
    elif bucket not in {one["Name"] for one in client.list_buckets()["Buckets"]}:
        client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": call.region})
    # A second letter does not replace the first.
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    where = {"Bucket": bucket, "Key": f"{call.stack_id}/{call.logical_id}/{secrets.token_hex(16)}"}
    return str(client.generate_presigned_url("put_object", Params=where, ExpiresIn=DAY))


def letters(call: Call, at: str) -> list[dict[str, Any]]:
    """Return what was left at an address, the first letter first."""
    _, bucket, key = unquote(urlsplit(at).path).split("/", 2)
    client = call.cloud.client("s3", call.region)
    found = client.list_object_versions(Bucket=bucket, Prefix=key).get("Versions", [])
    written = [client.get_object(Bucket=bucket, Key=key, VersionId=one["VersionId"])["Body"].read() for one in found]
    return [_read(body) for body in reversed(written)]


def _read(body: bytes) -> dict[str, Any]:
    try:
        letter = json.loads(body)
    except ValueError as error:
        raise ResourceError("Invalid response: it is no JSON") from error
    if not isinstance(letter, dict):
        raise ResourceError("Invalid response: it is no JSON object")
    return letter
