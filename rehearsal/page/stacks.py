"""Stacks, the outermost ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def stacks(cloud: Cloud) -> list[dict[str, Any]]:
    """Return every stack that has not been deleted."""
    pages = cloud.client("cloudformation").get_paginator("describe_stacks").paginate()
    found = [one for page in pages for one in page["Stacks"]]
    found.sort(key=lambda one: (one["StackName"], one["CreationTime"]))
    return [
        {
            "name": one["StackName"],
            "status": one["StackStatus"],
            "reason": one.get("StackStatusReason"),
            "changed": one.get("LastUpdatedTime") or one["CreationTime"],
            "nested": "ParentId" in one,
        }
        for one in found
    ]
