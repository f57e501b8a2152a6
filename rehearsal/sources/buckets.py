"""What a bucket tells of its own settings, where moto loses a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

if TYPE_CHECKING:
    from collections.abc import Callable

EXPIRATION, NEWER = "NoncurrentVersionExpiration", "NewerNoncurrentVersions"
ORIGINALS: dict[type[Any], dict[str, Callable[..., Any]]] = {
    S3Response: {
        "get_bucket_lifecycle": S3Response.get_bucket_lifecycle,
        "get_bucket_notification": S3Response.get_bucket_notification,
    },
    FakeBucket: {"set_lifecycle": FakeBucket.set_lifecycle},
}


def install() -> None:
    """Let buckets tell whether EventBridge hears of them, and how many earlier versions they keep."""
    _swap({S3Response: {"get_bucket_lifecycle": _lifecycle, "get_bucket_notification": _notification}})
    _swap({FakeBucket: {"set_lifecycle": _set_lifecycle}})


def remove() -> None:
    """Leave moto as it was."""
    _swap(ORIGINALS)


def _swap(methods: dict[type[Any], dict[str, Callable[..., Any]]]) -> None:
    for holder, named in methods.items():
        for name, method in named.items():
            setattr(holder, name, method)


def _notification(response: Any) -> Any:
    kept = response.backend.get_bucket_notification_configuration(response.bucket_name)

    def complete(told: dict[str, Any]) -> None:
        if kept is not None and kept.event_bridge is not None:
            told["EventBridgeConfiguration"] = {}

    return _told(response, "get_bucket_notification", complete)


def _lifecycle(response: Any) -> Any:
    kept = {rule.id: rule for rule in response.backend.get_bucket_lifecycle(response.bucket_name) or []}

    def complete(told: dict[str, Any]) -> None:
        for rule in told["Rules"]:
            newer = getattr(kept[rule["ID"]], NEWER, None)
            if newer is not None:
                rule[EXPIRATION][NEWER] = newer

    return _told(response, "get_bucket_lifecycle", complete)


def _told(response: Any, name: str, complete: Callable[[dict[str, Any]], None]) -> Any:
    """Let moto answer, with what it has left out put in before it writes the answer down."""
    serialized = response.serialized

    def completed(result: Any) -> Any:
        if isinstance(result.result, dict):
            complete(result.result)
        return serialized(result)

    # Each request has a response of its own.
    response.serialized = completed
    return ORIGINALS[S3Response][name](response)


def _set_lifecycle(bucket: Any, rules: list[dict[str, Any]]) -> None:
    ORIGINALS[FakeBucket]["set_lifecycle"](bucket, rules)
    for kept, given in zip(bucket.rules, rules, strict=True):
        setattr(kept, NEWER, (given.get(EXPIRATION) or {}).get(NEWER))
