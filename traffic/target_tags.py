"""The tags of target groups: they carry the state of a side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from traffic.sides import Release, Side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

    Tags = Mapping[str, str]

# DescribeTags takes no more at once.
ARNS_PER_CALL = 20


def read(elbv2: ElasticLoadBalancingv2Client, target_groups: Sequence[str]) -> dict[str, Tags]:
    """The tags of each target group, by ARN."""
    found: dict[str, Tags] = {}
    for start in range(0, len(target_groups), ARNS_PER_CALL):
        described = elbv2.describe_tags(ResourceArns=target_groups[start : start + ARNS_PER_CALL])
        for one in described["TagDescriptions"]:
            found[one["ResourceArn"]] = {tag["Key"]: tag.get("Value", "") for tag in one["Tags"]}
    return found


def side(identifier: str, target_group: str, tags: Tags) -> Side:
    """The side that a target group's tags describe."""
    image = tags.get("Image")
    return Side(
        identifier=identifier,
        target_group=target_group,
        release=Release(image, tags.get("Package") or None) if image else None,
        is_production={"true": True, "false": False}.get(tags.get("IsProduction", "")),
    )


def mark(elbv2: ElasticLoadBalancingv2Client, target_group: str, *, is_production: bool) -> None:
    """Writes a side's `IsProduction` tag."""
    value = "true" if is_production else "false"
    elbv2.add_tags(ResourceArns=[target_group], Tags=[{"Key": "IsProduction", "Value": value}])
