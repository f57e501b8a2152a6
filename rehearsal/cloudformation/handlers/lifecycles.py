"""Lifecycle rules of buckets, which templates write flatter than S3 takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SAME = ("AbortIncompleteMultipartUpload", "Id", "Status")
EXPIRATION = {
    "ExpirationDate": "Date",
    "ExpirationInDays": "Days",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
}
NONCURRENT = {
    "NewerNoncurrentVersions": "NewerNoncurrentVersions",
    "NoncurrentDays": "NoncurrentDays",
    "TransitionInDays": "NoncurrentDays",
    "StorageClass": "StorageClass",
}
TRANSITION = {"StorageClass": "StorageClass", "TransitionDate": "Date", "TransitionInDays": "Days"}


def lifecycle(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration as S3 takes it."""
    return {"Rules": [_rule(rule) for rule in value["Rules"]]}


def _renamed(value: Mapping[str, Any], table: Mapping[str, str]) -> dict[str, Any]:
    # A name that the table lacks goes through, so that S3's input refuses it by its name.
    return {table.get(name, name): inner for name, inner in value.items()}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    rest = dict(rule)
    made: dict[str, Any] = {name: rest.pop(name) for name in SAME if name in rest}
    made["Filter"] = _filter(rest.pop("Prefix", None), rest.pop("TagFilters", []))
    if expiration := {inner: rest.pop(name) for name, inner in EXPIRATION.items() if name in rest}:
        made["Expiration"] = expiration
    if "NoncurrentVersionExpirationInDays" in rest:
        made["NoncurrentVersionExpiration"] = {"NoncurrentDays": rest.pop("NoncurrentVersionExpirationInDays")}
    if "NoncurrentVersionExpiration" in rest:
        made["NoncurrentVersionExpiration"] = _renamed(rest.pop("NoncurrentVersionExpiration"), NONCURRENT)
    for name, table in (("Transitions", TRANSITION), ("NoncurrentVersionTransitions", NONCURRENT)):
        if name in rest:
            made[name] = [_renamed(one, table) for one in rest.pop(name)]
    return {**made, **rest}


def _filter(prefix: str | None, tags: list[dict[str, str]]) -> dict[str, Any]:
    if not tags:
        return {"Prefix": prefix or ""}
    if len(tags) == 1 and prefix is None:
        return {"Tag": tags[0]}
    return {"And": {**({"Prefix": prefix} if prefix else {}), "Tags": tags}}
