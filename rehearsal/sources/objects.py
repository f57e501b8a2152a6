"""S3's events for EventBridge."""

from __future__ import annotations

import itertools
import secrets
from typing import TYPE_CHECKING, Any

from moto.s3.notifications import S3NotificationEvent, _detail_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from rehearsal.cloud import Cloud

TAGGED = "s3:ObjectTagging:Put"
sequence = itertools.count(1)
REASONS = {
    "s3:ObjectCreated:Put": "PutObject",
    "s3:ObjectCreated:Post": "POST Object",
    "s3:ObjectCreated:Copy": "CopyObject",
    "s3:ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "s3:ObjectRemoved:Delete": "DeleteObject",
    "s3:ObjectRemoved:DeleteMarkerCreated": "DeleteObject",
}
DELETIONS = {
    "s3:ObjectRemoved:Delete": "Permanently Deleted",
    "s3:ObjectRemoved:DeleteMarkerCreated": "Delete Marker Created",
}


def sender(cloud: Cloud) -> Callable[[str, Any, S3NotificationEvent, Any], None]:
    """Return what moto's S3 calls for a bucket that notifies EventBridge."""

    def send(account_id: str, bucket: Any, event_name: S3NotificationEvent, key: Any) -> None:
        del account_id
        name = str(getattr(event_name, "value", event_name))
        if name == TAGGED and not cloud.backend("s3").tagger.get_tag_dict_for_resource(key.arn):
            # moto says so of every new object.
            return
        cloud.bus.emit("aws.s3", _detail_type(name), detail(cloud, bucket, name, key), [bucket.arn], bucket.region_name)

    return send


def detail(cloud: Cloud, bucket: Any, name: str, key: Any) -> dict[str, Any]:
    """Return what S3 says of what happened to an object."""
    version = {"version-id": key.version_id} if bucket.is_versioned else {}
    told = {
        "version": "0",
        "bucket": {"name": bucket.name},
        "object": {
            "key": key.name,
            "size": key.size,
            "etag": key.etag.strip('"'),
            **version,
            "sequencer": f"{next(sequence):016X}",
        },
        "request-id": secrets.token_hex(8).upper(),
        "requester": cloud.account,
        "source-ip-address": "127.0.0.1",
        "reason": REASONS.get(name, name.split(":")[1]),
    }
    return told | ({"deletion-type": DELETIONS[name]} if name in DELETIONS else {})
