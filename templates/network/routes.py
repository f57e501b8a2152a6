"""Who reaches the internet, and through which NAT gateway."""

from troposphere import GetAtt, Ref
from troposphere.ec2 import EIP, NatGateway, Route, RouteTable, SubnetRouteTableAssociation

from pipeline.settings import Settings
from templates.network.vpc import PRIVATE, PUBLIC
from templates.parts import Part, Properties, tagged

EVERYWHERE = "0.0.0.0/0"
GATEWAYS = {"none": 0, "single": 1, "per-az": len(PRIVATE)}


def resources(settings: Settings) -> list[Part]:
    """Return the routes of all four subnets."""
    gateways = GATEWAYS[settings.network.nat]
    public = [part for title in PUBLIC for part in association(title, "PublicRoutes")]
    ways_out = [part for number in range(1, gateways + 1) for part in nat_gateway(settings, number)]
    private = [
        part
        for number, title in enumerate(PRIVATE, 1)
        for part in private_routes(settings, title, min(number, gateways))
    ]
    return [*public_routes(settings), *public, *ways_out, *private]


def public_routes(settings: Settings) -> list[Part]:
    """Return the route through the internet gateway."""
    return [
        RouteTable("PublicRoutes", VpcId=Ref("Vpc"), **tagged(settings, Name=f"{settings.app}-public")),
        Route(
            "PublicRoute",
            RouteTableId=Ref("PublicRoutes"),
            DestinationCidrBlock=EVERYWHERE,
            GatewayId=Ref("Gateway"),
            DependsOn="GatewayAttachment",
        ),
    ]


def nat_gateway(settings: Settings, number: int) -> list[Part]:
    """Return a NAT gateway in the public subnet of that zone."""
    title = f"Nat{number}"
    name = f"{settings.app}-nat-{number}"
    return [
        EIP(f"{title}Address", Domain="vpc", DependsOn="GatewayAttachment", **tagged(settings, Name=name)),
        NatGateway(
            title,
            AllocationId=GetAtt(f"{title}Address", "AllocationId"),
            SubnetId=Ref(PUBLIC[number - 1]),
            **tagged(settings, Name=name),
        ),
    ]


def private_routes(settings: Settings, subnet: str, gateway: int) -> list[Part]:
    """Return the routes of one private subnet, through that NAT gateway or, with 0, nowhere."""
    table = table_of(subnet)
    parts: list[Part] = [RouteTable(table, VpcId=Ref("Vpc"), **tagged(settings, Name=f"{settings.app}-{subnet}"))]
    if gateway:
        way_out: Properties = {"DestinationCidrBlock": EVERYWHERE, "NatGatewayId": Ref(f"Nat{gateway}")}
        parts.append(Route(f"{subnet}Route", RouteTableId=Ref(table), **way_out))
    return [*parts, *association(subnet, table)]


def table_of(subnet: str) -> str:
    """Return the title of a private subnet's route table."""
    return f"{subnet}Routes"


def association(subnet: str, table: str) -> list[Part]:
    """Return what makes a subnet use a route table."""
    title = f"{subnet}Association"
    return [SubnetRouteTableAssociation(title, SubnetId=Ref(subnet), RouteTableId=Ref(table))]
