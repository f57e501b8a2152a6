"""[network]: a VPC made for the application, or one that is there already."""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from pipeline.settings.base import Mistake, Mistakes, Table, rule
from pipeline.settings.forms import LIST, Form, example
from pipeline.settings.words import not_valid, shown

MOST_SUBNETS = 4
SUBNET = Form("a subnet's id, as subnet-0a1b2c3d4e5f60718", "subnet-([0-9a-f]{17}|[0-9a-f]{8})")
VPC = Form("a VPC's id, as vpc-0a1b2c3d4e5f60718", "vpc-([0-9a-f]{17}|[0-9a-f]{8})", optional=True)
CIDR = Form("an IPv4 network of /16 to /24, such as 10.215.0.0/16", r"[0-9.]+(/[0-9]{1,2})?")
Subnets = Annotated[tuple[Annotated[str, SUBNET], ...], LIST, Field(max_length=MOST_SUBNETS)]


def ipv4_network(cidr: str, valid: str, sizes: range) -> ipaddress.IPv4Network:
    """Return the network that a text such as 10.215.0.0/16 names; else say what is valid, and the nearest such."""
    try:
        nearest = ipaddress.IPv4Network(cidr, strict=False)
    except ValueError:
        raise ValueError(not_valid(shown(cidr), valid)) from None
    if nearest.prefixlen not in sizes:
        raise ValueError(not_valid(shown(cidr), valid))
    if str(nearest) != cidr:
        raise ValueError(f"{not_valid(shown(cidr), valid)} (did you mean {shown(str(nearest))}?)")
    return nearest


def vpc_cidr(cidr: str) -> str:
    """Return the CIDR if a VPC can have it and four subnets can be cut from it."""
    network = ipv4_network(cidr, CIDR.words, range(16, 25))
    if network.is_loopback or network.is_link_local or network.is_multicast or network.is_reserved or cidr[:2] == "0.":
        raise ValueError(f"{shown(cidr)} is reserved, and no VPC can have it; give {CIDR.words}")
    return cidr


class Network(Table):
    """A VPC made for the application, or one that is there already."""

    cidr: Annotated[str, CIDR, AfterValidator(vpc_cidr), example("172.20.0.0/20")] = "10.215.0.0/16"
    """Addresses of the VPC that is created, /16 to /24. Four equal subnets are cut from it."""

    nat: Annotated[Literal["none", "single", "per-az"], example("per-az")] = "single"
    """How tasks reach the internet: a `single` NAT gateway, one `per-az`, or `none` (AWS then by VPC endpoints)."""

    vpc_id: Annotated[str, VPC, example("vpc-0a1b2c3d4e5f60718")] = ""
    """An existing VPC to use. Then nothing of the network is created, and both lists of subnets are needed."""

    public_subnets: Annotated[Subnets, example(["subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712"])] = ()
    """The load balancer's subnets in the existing VPC, two to four, each in another availability zone."""

    private_subnets: Annotated[Subnets, example(["subnet-0a1b2c3d4e5f60713", "subnet-0a1b2c3d4e5f60714"])] = ()
    """The tasks' subnets in the existing VPC, two to four, with a way to ECR: NAT or VPC endpoints."""

    @property
    def existing(self) -> bool:
        """Whether the VPC is there already."""
        return bool(self.vpc_id)


@rule(Network, "vpc_id", "public_subnets", "private_subnets")
def subnets_go_with_an_existing_vpc(network: Network) -> Mistakes:
    """With `vpc_id`, both lists name two to four different subnets; without it, they are left out."""
    for key in ("public_subnets", "private_subnets"):
        subnets = getattr(network, key)
        if network.existing and len(subnets) < 2:
            words = "with vpc_id, two subnets at least are needed, in different availability zones"
            yield Mistake((key,), f"{words}; give {SUBNET.words}, for each")
        if subnets and not network.existing:
            yield Mistake((key,), "these are for an existing VPC; name it with vpc_id, or leave them out")
        for place, subnet in enumerate(subnets):
            if subnet in subnets[:place]:
                yield Mistake((key, place), f"{shown(subnet)} stands there twice; give different subnets")


@rule(Network, "vpc_id", "cidr", "nat")
def existing_vpc_is_not_described(network: Network) -> Mistakes:
    """`cidr` and `nat` describe a VPC that is created; with `vpc_id`, they are left out."""
    for key in ("cidr", "nat"):
        if network.existing and key in network.model_fields_set:
            yield Mistake((key,), "this describes a VPC that is created; with vpc_id, leave it out")
