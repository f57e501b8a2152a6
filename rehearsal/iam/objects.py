"""S3's permissions: operations that are named otherwise, and those that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = {
    "ListBuckets": "ListAllMyBuckets",
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts",
    "HeadObject": "GetObject",
    "GetObjectAttributes": "GetObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
}
VERSIONED = {"GetObject", "DeleteObject", "GetObjectTagging", "PutObjectTagging", "GetObjectAcl"}


def permissions(operation: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the actions that an operation needs, each with its resource."""
    bucket = parameters.get("Bucket")
    if operation == "DeleteObjects":
        for each in parameters.get("Delete", {}).get("Objects", []):
            action = "s3:DeleteObjectVersion" if each.get("VersionId") else "s3:DeleteObject"
            yield action, f"arn:aws:s3:::{bucket}/{each['Key']}"
        return
    name = NAMES.get(operation, operation)
    if name in VERSIONED and parameters.get("VersionId"):
        name = name.replace("Object", "ObjectVersion", 1)
    if not bucket:
        yield f"s3:{name}", "*"
        return
    key = parameters.get("Key")
    yield f"s3:{name}", f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    yield from _goes_with(parameters)


def _goes_with(parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    source = parameters.get("CopySource")
    if source:
        text = source if isinstance(source, str) else f"{source['Bucket']}/{source['Key']}"
        path, _, version = unquote(text).lstrip("/").partition("?versionId=")
        yield "s3:GetObjectVersion" if version else "s3:GetObject", f"arn:aws:s3:::{path}"
    if parameters.get("Tagging") and isinstance(parameters["Tagging"], str):
        yield "s3:PutObjectTagging", f"arn:aws:s3:::{parameters['Bucket']}/{parameters['Key']}"
