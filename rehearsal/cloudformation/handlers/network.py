"""Networks: VPC, subnets, routes, gateways, endpoints and flow logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.cloudformation.handler import Described, ResourceError, Tagging
from rehearsal.cloudformation.handlers.terms import Composed, Setting, names, send, settings, step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.cloudformation.described import Document
    from rehearsal.cloudformation.handler import Call
    from rehearsal.cloudformation.handlers.terms import Part

TARGETS = (
    "GatewayId NatGatewayId InstanceId NetworkInterfaceId VpcPeeringConnectionId TransitGatewayId "
    "EgressOnlyInternetGatewayId VpcEndpointId LocalGatewayId CarrierGatewayId CoreNetworkArn"
)
DESTINATION = "RouteTableId DestinationCidrBlock DestinationIpv6CidrBlock DestinationPrefixListId"


@dataclass(frozen=True)
class Ec2Tagging(Tagging):
    """EC2 takes tags away by whole tags."""

    def change(
        self, call: Call, service: str, document: Document, before: Mapping[str, str], after: Mapping[str, str]
    ) -> None:
        """Bring the tags from one state to the other."""
        gone = [{"Key": key} for key in before if key not in after]
        changed = {key: value for key, value in after.items() if before.get(key) != value}
        if gone:
            self._send(call, service, self.remove, document, {"Tags": gone})
        if changed:
            self._send(call, service, self.add, document, {"Tags": self.shape(changed)})


def tagging(identity: str = "Id") -> Tagging:
    """Return how EC2 tags what the expression finds."""
    return Ec2Tagging("CreateTags", "DeleteTags", {"Resources": f"[{identity}]"}, on_create="")


def switch(operation: str, owner: str, name: str, default: object) -> Setting:
    """Return an attribute that one call of its own sets."""
    return Setting(
        "ec2", name, operation, owner, turned=lambda value: {name: {"Value": value}}, default=default, member=""
    )


def members(property_name: str, add: str, remove: str) -> Part:
    """Return a list of an endpoint that is changed by adding and removing."""

    def change(call: Call, physical_id: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        before, after = set(old.get(property_name, [])), set(new.get(property_name, []))
        # What it is made with is part of its creation already.
        if old and before != after:
            lists = {add: sorted(after - before), remove: sorted(before - after)}
            sent = {name: value for name, value in lists.items() if value}
            send(call, "ec2", "ModifyVpcEndpoint", {"VpcEndpointId": physical_id, **sent})

    return change


def _delivered(_call: Call, document: Document) -> None:
    for failure in document["Response"].get("Unsuccessful", []):
        raise ResourceError(failure["Error"]["Message"])


def entity(name: str, own: str = "", *, attributes: Mapping[str, str] | None = None, **more: Any) -> Composed:
    """Return a type whose calls, answer and id all bear its name; its own properties are those that replace it."""
    identity = f"{name}Id"
    told: dict[str, Any] = {
        "identity": f"Response.{name}.{identity}",
        "gone": names(f"Invalid{name}ID.NotFound"),
        "removal": step(f"Delete{name}", where={identity: "Id"}),
        "tagging": tagging(),
    }
    return Composed(
        # Only here is it an abbreviation.
        type=f"AWS::EC2::{'VPC' if name == 'Vpc' else name}",
        service="ec2",
        creation=step(f"Create{name}", own),
        replacing=names(own),
        attributes={identity: "Id", **(attributes or {})},
        **{**told, **more},
    )


VPC = entity(
    "Vpc",
    "CidrBlock InstanceTenancy Ipv4IpamPoolId Ipv4NetmaskLength",
    parts=settings(
        switch("ModifyVpcAttribute", "VpcId", "EnableDnsSupport", default=True),
        switch("ModifyVpcAttribute", "VpcId", "EnableDnsHostnames", default=False),
    ),
    reading=step(
        "DescribeSecurityGroups",
        where={"Filters": "[{Name: 'vpc-id', Values: [Id]}, {Name: 'group-name', Values: ['default']}]"},
    ),
    attributes={"CidrBlock": "Properties.CidrBlock", "DefaultSecurityGroup": "Response.SecurityGroups[0].GroupId"},
)
SUBNET = entity(
    "Subnet",
    "AvailabilityZone AvailabilityZoneId CidrBlock Ipv6CidrBlock VpcId",
    parts=settings(
        switch("ModifySubnetAttribute", "SubnetId", "MapPublicIpOnLaunch", default=False),
        switch("ModifySubnetAttribute", "SubnetId", "AssignIpv6AddressOnCreation", default=False),
    ),
    attributes={
        "AvailabilityZone": "Response.Subnet.AvailabilityZone",
        "CidrBlock": "Properties.CidrBlock",
        "VpcId": "Properties.VpcId",
    },
)
GATEWAY = entity("InternetGateway")
ATTACHMENT = Described(
    type="AWS::EC2::VPCGatewayAttachment",
    service="ec2",
    creation=step("AttachInternetGateway", "InternetGatewayId VpcId"),
    identity="join('|', ['IGW', Properties.VpcId])",
    attributes={"AttachmentType": "'IGW'"},
    replacing=names("InternetGatewayId VpcId"),
    removal=step("DetachInternetGateway", "InternetGatewayId VpcId"),
    gone=names("Gateway.NotAttached InvalidInternetGatewayID.NotFound"),
)
ROUTE_TABLE = entity("RouteTable", "VpcId")
ROUTE = Described(
    type="AWS::EC2::Route",
    service="ec2",
    creation=step("CreateRoute", f"{DESTINATION} {TARGETS}"),
    identity=(
        "join('|', [Properties.RouteTableId, Properties.DestinationCidrBlock || "
        "Properties.DestinationIpv6CidrBlock || Properties.DestinationPrefixListId])"
    ),
    updates=(step("ReplaceRoute", TARGETS, along=DESTINATION),),
    attributes={"CidrBlock": "Properties.DestinationCidrBlock"},
    replacing=names(DESTINATION),
    removal=step("DeleteRoute", DESTINATION),
    gone=names("InvalidRoute.NotFound InvalidRouteTableID.NotFound"),
)
ASSOCIATION = Described(
    type="AWS::EC2::SubnetRouteTableAssociation",
    service="ec2",
    creation=step("AssociateRouteTable", "SubnetId RouteTableId"),
    identity="Response.AssociationId",
    attributes={"Id": "Id"},
    replacing=names("SubnetId RouteTableId"),
    removal=step("DisassociateRouteTable", where={"AssociationId": "Id"}),
    gone=names("InvalidAssociationID.NotFound"),
)
ADDRESS = Described(
    type="AWS::EC2::EIP",
    service="ec2",
    creation=step("AllocateAddress", "Domain PublicIpv4Pool NetworkBorderGroup Address"),
    identity="Response.PublicIp",
    attributes={"AllocationId": "Response.AllocationId", "PublicIp": "Id"},
    replacing=names("Domain PublicIpv4Pool NetworkBorderGroup Address"),
    tagging=tagging("Response.AllocationId || Attributes.AllocationId"),
    removal=step("ReleaseAddress", where={"PublicIp": "Id"}),
    gone=names("InvalidAddress.NotFound InvalidAllocationID.NotFound"),
)
NAT = entity("NatGateway", "AllocationId SubnetId ConnectivityType PrivateIpAddress", gone=names("NatGatewayNotFound"))
ENDPOINT = Composed(
    type="AWS::EC2::VPCEndpoint",
    service="ec2",
    creation=step(
        "CreateVpcEndpoint",
        "VpcId ServiceName VpcEndpointType PolicyDocument PrivateDnsEnabled "
        "RouteTableIds SubnetIds SecurityGroupIds IpAddressType DnsOptions",
    ),
    identity="Response.VpcEndpoint.VpcEndpointId",
    parts={
        "RouteTableIds": members("RouteTableIds", "AddRouteTableIds", "RemoveRouteTableIds"),
        "SubnetIds": members("SubnetIds", "AddSubnetIds", "RemoveSubnetIds"),
        "SecurityGroupIds": members("SecurityGroupIds", "AddSecurityGroupIds", "RemoveSecurityGroupIds"),
    },
    updates=(step("ModifyVpcEndpoint", "PolicyDocument", where={"VpcEndpointId": "Id"}),),
    attributes={
        "Id": "Id",
        "DnsEntries": "Response.VpcEndpoint.DnsEntries[].join(':', [HostedZoneId || '', DnsName || ''])",
        "NetworkInterfaceIds": "Response.VpcEndpoint.NetworkInterfaceIds",
    },
    replacing=names("VpcId ServiceName VpcEndpointType PrivateDnsEnabled IpAddressType DnsOptions"),
    tagging=tagging(),
    removal=step("DeleteVpcEndpoints", where={"VpcEndpointIds": "[Id]"}),
    gone=names("InvalidVpcEndpointId.NotFound"),
)
FLOW_PROPERTIES = (
    "DeliverLogsPermissionArn LogDestination LogDestinationType LogFormat LogGroupName MaxAggregationInterval "
    "ResourceId ResourceType TrafficType"
)
FLOW_LOG = Described(
    type="AWS::EC2::FlowLog",
    service="ec2",
    creation=step(
        "CreateFlowLogs",
        FLOW_PROPERTIES,
        turned=lambda values: {
            ("ResourceIds" if name == "ResourceId" else name): ([value] if name == "ResourceId" else value)
            for name, value in values.items()
        },
    ),
    identity="Response.FlowLogIds[0]",
    attributes={"Id": "Id"},
    replacing=names(FLOW_PROPERTIES),
    tagging=tagging(),
    settle=_delivered,
    removal=step("DeleteFlowLogs", where={"FlowLogIds": "[Id]"}),
    gone=names("InvalidFlowLogId.NotFound"),
)
HANDLERS = (
    VPC,
    SUBNET,
    GATEWAY,
    ATTACHMENT,
    ROUTE_TABLE,
    ROUTE,
    ASSOCIATION,
    ADDRESS,
    NAT,
    ENDPOINT,
    FLOW_LOG,
)
