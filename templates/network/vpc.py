"""The VPC and its four subnets."""

import ipaddress

from troposphere import GetAZs, Ref, Select
from troposphere.ec2 import VPC, InternetGateway, Subnet, VPCGatewayAttachment

from pipeline.settings import Settings
from templates.parts import Part, tagged

PUBLIC = ("PublicSubnet1", "PublicSubnet2")
PRIVATE = ("PrivateSubnet1", "PrivateSubnet2")


def resources(settings: Settings) -> list[Part]:
    """Return the VPC, its subnets and its way out."""
    name = settings.app
    return [
        VPC(
            "Vpc",
            CidrBlock=settings.network.cidr,
            EnableDnsSupport=True,
            EnableDnsHostnames=True,
            **tagged(settings, Name=name),
        ),
        *subnets(settings),
        InternetGateway("Gateway", **tagged(settings, Name=name)),
        VPCGatewayAttachment("GatewayAttachment", VpcId=Ref("Vpc"), InternetGatewayId=Ref("Gateway")),
    ]


def subnets(settings: Settings) -> list[Part]:
    """Return four equal parts of the VPC: public, public, private, private, in zones 1, 2, 1, 2."""
    quarters = ipaddress.IPv4Network(settings.network.cidr).subnets(prefixlen_diff=2)
    return [
        Subnet(
            title,
            VpcId=Ref("Vpc"),
            CidrBlock=str(quarter),
            AvailabilityZone=Select(int(title[-1]) - 1, GetAZs("")),
            # Nothing gets a public address by accident; the load balancer brings its own.
            MapPublicIpOnLaunch=False,
            **tagged(settings, Name=f"{settings.app}-{title}"),
        )
        for title, quarter in zip((*PUBLIC, *PRIVATE), quarters, strict=True)
    ]
