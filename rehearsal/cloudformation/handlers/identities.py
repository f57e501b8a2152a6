"""Roles and policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, Finding, Made, Name, Replacement, Tagging
from rehearsal.cloudformation.handlers.terms import Composed, Setting, moved, names, send, settings, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.handler import Call

GONE = names("NoSuchEntity")
# How many versions of a managed policy IAM keeps.
VERSIONS = 5
HOLDERS = {"Roles": "Role", "Users": "User", "Groups": "Group"}


def _inline(call: Call, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    gone, fresh = moved(old.get("Policies"), new.get("Policies"))
    kept = {policy["PolicyName"] for policy in fresh}
    for policy in gone:
        if policy["PolicyName"] not in kept:
            send(call, "iam", "DeleteRolePolicy", {"RoleName": physical_id, "PolicyName": policy["PolicyName"]})
    for policy in fresh:
        send(call, "iam", "PutRolePolicy", {"RoleName": physical_id, **policy})


def _managed(call: Call, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    gone, fresh = moved(old.get("ManagedPolicyArns"), new.get("ManagedPolicyArns"))
    for verb, arns in (("Detach", gone), ("Attach", fresh)):
        for arn in arns:
            send(call, "iam", f"{verb}RolePolicy", {"RoleName": physical_id, "PolicyArn": arn})


def _document(call: Call, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    if not old:
        return
    known = call.client("iam").list_policy_versions(PolicyArn=physical_id)["Versions"]
    spare = [version for version in known if not version["IsDefaultVersion"]]
    if len(known) >= VERSIONS:
        oldest = min(spare, key=lambda version: int(version["VersionId"].removeprefix("v")))
        send(call, "iam", "DeletePolicyVersion", {"PolicyArn": physical_id, "VersionId": oldest["VersionId"]})
    version = {"PolicyArn": physical_id, "PolicyDocument": new["PolicyDocument"], "SetAsDefault": True}
    send(call, "iam", "CreatePolicyVersion", version)


@dataclass(frozen=True)
class Holders:
    """The roles, users or groups that a managed policy is attached to."""

    property: str

    def __call__(self, call: Call, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        """Attach and detach what differs."""
        kind = HOLDERS[self.property]
        gone, fresh = moved(old.get(self.property), new.get(self.property))
        for verb, holders in (("Detach", gone), ("Attach", fresh)):
            for holder in holders:
                send(call, "iam", f"{verb}{kind}Policy", {f"{kind}Name": holder, "PolicyArn": physical_id})


@dataclass(frozen=True, kw_only=True)
class ManagedPolicy(Composed):
    """A policy that must lose its older versions before it can go."""

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:
        """Remove it with its versions."""
        client = call.client("iam")
        try:
            versions = client.list_policy_versions(PolicyArn=physical_id)["Versions"]
        except client.exceptions.NoSuchEntityException:
            return
        for version in versions:
            if not version["IsDefaultVersion"]:
                client.delete_policy_version(PolicyArn=physical_id, VersionId=version["VersionId"])
        super().delete(call, physical_id, properties)


class InlinePolicy:
    """AWS::IAM::Policy: one document put into several roles, users and groups."""

    type = "AWS::IAM::Policy"
    properties = names("PolicyName PolicyDocument Roles Users Groups")
    replacing: frozenset[str] = frozenset()
    tagged = False

    def create(self, call: Call, properties: Mapping[str, Any]) -> Made:
        """Put the document into every holder."""
        physical_id = call.name()
        call.initiated(physical_id)
        self._put(call, properties)
        return Made(physical_id, {"Id": physical_id})

    def update(
        self,
        call: Call,
        physical_id: str,
        attributes: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
    ) -> Made | Replacement:
        """Put it anew, and take it from holders that are named no longer."""
        self._put(call, new)
        renamed = old["PolicyName"] != new["PolicyName"]
        left = {name: [one for one in old.get(name, []) if renamed or one not in new.get(name, [])] for name in HOLDERS}
        self._take(call, {"PolicyName": old["PolicyName"], **left})
        return Made(physical_id, attributes)

    def delete(self, call: Call, physical_id: str, properties: Mapping[str, Any]) -> None:  # noqa: ARG002 - the interface
        """Take it from every holder."""
        self._take(call, properties)

    @staticmethod
    def _put(call: Call, properties: Mapping[str, Any]) -> None:
        document = {name: properties[name] for name in ("PolicyName", "PolicyDocument")}
        for name, kind in HOLDERS.items():
            for holder in properties.get(name, []):
                send(call, "iam", f"Put{kind}Policy", {f"{kind}Name": holder, **document})

    @staticmethod
    def _take(call: Call, properties: Mapping[str, Any]) -> None:
        client = call.client("iam")
        for name, kind in HOLDERS.items():
            for holder in properties.get(name, []):
                target = {f"{kind}Name": holder, "PolicyName": properties["PolicyName"]}
                try:
                    send(call, "iam", f"Delete{kind}Policy", target)
                except client.exceptions.NoSuchEntityException:
                    continue


ROLE = Composed(
    type="AWS::IAM::Role",
    service="iam",
    creation=step("CreateRole", "AssumeRolePolicyDocument Description MaxSessionDuration Path PermissionsBoundary"),
    identity="Response.Role.RoleName",
    name=Name("RoleName", 64),
    updates=(
        step(
            "UpdateAssumeRolePolicy",
            "AssumeRolePolicyDocument",
            where={"RoleName": "Id"},
            renamed={"AssumeRolePolicyDocument": "PolicyDocument"},
        ),
        step("UpdateRole", "Description MaxSessionDuration", where={"RoleName": "Id"}),
    ),
    defaults={"Description": "", "MaxSessionDuration": 3600},
    parts={
        **settings(
            Setting(
                "iam",
                "PermissionsBoundary",
                "PutRolePermissionsBoundary",
                "RoleName",
                member="PermissionsBoundary",
                remove="DeleteRolePermissionsBoundary",
            )
        ),
        "ManagedPolicyArns": _managed,
        "Policies": _inline,
    },
    emptied=names("ManagedPolicyArns Policies"),
    finding=Finding(step("GetRole", where={"RoleName": "Id"}), absent=GONE),
    attributes={"Arn": "Response.Role.Arn", "RoleId": "Response.Role.RoleId"},
    replacing=names("Path RoleName"),
    tagging=Tagging("TagRole", "UntagRole", {"RoleName": "Id"}),
    removal=step("DeleteRole", where={"RoleName": "Id"}),
    gone=GONE,
)
MANAGED_POLICY = ManagedPolicy(
    type="AWS::IAM::ManagedPolicy",
    service="iam",
    creation=step("CreatePolicy", "Description Path PolicyDocument", renamed={"ManagedPolicyName": "PolicyName"}),
    identity="Response.Policy.Arn",
    name=Name("ManagedPolicyName"),
    parts={"PolicyDocument": _document, **{name: Holders(name) for name in HOLDERS}},
    emptied=frozenset(HOLDERS),
    attributes={"PolicyArn": "Id", "PolicyId": "Response.Policy.PolicyId"},
    replacing=names("Description ManagedPolicyName Path"),
    removal=step("DeletePolicy", where={"PolicyArn": "Id"}),
    gone=GONE,
)
ROLE_POLICY = Described(
    type="AWS::IAM::RolePolicy",
    service="iam",
    creation=step("PutRolePolicy", "PolicyDocument PolicyName RoleName"),
    identity="join('|', [Properties.PolicyName, Properties.RoleName])",
    updates=(step("PutRolePolicy", "PolicyDocument", along="PolicyName RoleName"),),
    replacing=names("PolicyName RoleName"),
    removal=step("DeleteRolePolicy", "PolicyName RoleName"),
    gone=GONE,
)
HANDLERS = (ROLE, MANAGED_POLICY, InlinePolicy(), ROLE_POLICY)
