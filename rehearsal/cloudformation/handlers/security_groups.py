"""Security groups and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Name
from rehearsal.cloudformation.handlers.network import tagging
from rehearsal.cloudformation.handlers.terms import Composed, moved, names, send, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call
    from rehearsal.cloudformation.handlers.terms import Part

EVERYTHING = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
RANGES = {"CidrIp": ("IpRanges", "CidrIp"), "CidrIpv6": ("Ipv6Ranges", "CidrIpv6")}
PEERS = {
    **RANGES,
    "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
    "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
}
COMMON = "CidrIp CidrIpv6 FromPort GroupId IpProtocol ToPort"


def permission(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule of a template as EC2 takes it."""
    made: dict[str, Any] = {name: rule[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in rule}
    for name, (member, key) in PEERS.items():
        if name in rule:
            peer = {key: rule[name]}
            if "Description" in rule:
                peer["Description"] = rule["Description"]
            made.setdefault(member, []).append(peer)
    return made


def request(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule that is a resource of its own as EC2 takes it."""
    return {"GroupId": rule["GroupId"], "IpPermissions": [permission(rule)]}


def rules(direction: str) -> Part:
    """Return the rules inside a group, of which only those that differ are sent."""

    def change(call: Call, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        name = f"SecurityGroup{direction}"
        gone, fresh = moved(old.get(name), new.get(name))
        lifted = [permission(rule) for rule in gone]
        added = [permission(rule) for rule in fresh]
        if direction == "Egress" and name not in old:
            lifted = [EVERYTHING]
        if direction == "Egress" and name not in new:
            added = [EVERYTHING]
        for verb, sent in (("Revoke", lifted), ("Authorize", added)):
            if sent:
                operation = f"{verb}SecurityGroup{direction}"
                send(call, "ec2", operation, {"GroupId": physical_id, "IpPermissions": sent})

    return change


def rule(direction: str, peers: str) -> Described:
    """Return a rule that is a resource of its own."""
    taken = f"{COMMON} {peers}"
    return Described(
        type=f"AWS::EC2::SecurityGroup{direction}",
        service="ec2",
        creation=step(f"AuthorizeSecurityGroup{direction}", f"{taken} Description", turned=request),
        identity="Response.SecurityGroupRules[0].SecurityGroupRuleId",
        updates=(
            step(
                f"UpdateSecurityGroupRuleDescriptions{direction}",
                "Description",
                along=taken,
                turned=request,
            ),
        ),
        attributes={"Id": "Id"},
        replacing=names(taken),
        removal=step(f"RevokeSecurityGroup{direction}", taken, turned=request),
        gone=names("InvalidPermission.NotFound InvalidGroup.NotFound"),
    )


GROUP = Composed(
    type="AWS::EC2::SecurityGroup",
    service="ec2",
    creation=step("CreateSecurityGroup", "GroupDescription VpcId", renamed={"GroupDescription": "Description"}),
    identity="Response.GroupId",
    name=Name("GroupName", 255),
    parts={"SecurityGroupIngress": rules("Ingress"), "SecurityGroupEgress": rules("Egress")},
    attributes={"GroupId": "Id", "Id": "Id", "VpcId": "Properties.VpcId"},
    replacing=names("GroupDescription GroupName VpcId"),
    tagging=tagging(),
    removal=step("DeleteSecurityGroup", where={"GroupId": "Id"}),
    gone=names("InvalidGroup.NotFound"),
)
HANDLERS = (
    GROUP,
    rule("Ingress", "SourceSecurityGroupId SourcePrefixListId"),
    rule("Egress", "DestinationSecurityGroupId DestinationPrefixListId"),
)
