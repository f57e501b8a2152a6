"""The network: four subnets in two zones, and the ways out that the settings ask for."""

import ipaddress

import pytest

from tests.templates import samples

MADE = [name for name in samples.NAMES if "network" in samples.synthesis(name).templates]


def of_type(name: str, kind: str) -> dict[str, dict]:
    """Return the properties of the network's resources of one type, by title."""
    found = samples.of_type(samples.templates(name)["network"], f"AWS::EC2::{kind}")
    return {title: each["Properties"] for title, each in found.items()}


@pytest.mark.parametrize("name", MADE)
def test_subnets_share_the_vpc_out(name: str) -> None:
    whole = ipaddress.IPv4Network(samples.settings(name).network.cidr)
    parts = [ipaddress.IPv4Network(each["CidrBlock"]) for each in of_type(name, "Subnet").values()]
    assert list(ipaddress.collapse_addresses(parts)) == [whole]
    assert len({part.prefixlen for part in parts}) == 1


@pytest.mark.parametrize("name", MADE)
def test_each_kind_of_subnet_spans_two_zones_and_gives_no_public_addresses(name: str) -> None:
    subnets = of_type(name, "Subnet")
    for kind in ("Public", "Private"):
        zones = [subnets[f"{kind}Subnet{number}"]["AvailabilityZone"] for number in (1, 2)]
        assert zones == [{"Fn::Select": [place, {"Fn::GetAZs": ""}]} for place in (0, 1)]
    assert not any(each["MapPublicIpOnLaunch"] for each in subnets.values())


@pytest.mark.parametrize(
    ("name", "gateways", "ways_out"),
    [("no-nat", 0, []), ("minimal", 1, ["Nat1", "Nat1"]), ("per-az", 2, ["Nat1", "Nat2"])],
)
def test_ways_out_of_the_private_subnets(name: str, gateways: int, ways_out: list[str]) -> None:
    assert len(of_type(name, "NatGateway")) == len(of_type(name, "EIP")) == gateways
    routes = of_type(name, "Route")
    private = [routes.get(f"PrivateSubnet{number}Route") for number in (1, 2)]
    assert [each["NatGatewayId"]["Ref"] for each in private if each] == ways_out


def test_each_nat_gateway_serves_its_own_zone() -> None:
    gateways = of_type("per-az", "NatGateway")
    assert [gateways[f"Nat{number}"]["SubnetId"]["Ref"] for number in (1, 2)] == ["PublicSubnet1", "PublicSubnet2"]


@pytest.mark.parametrize("name", MADE)
def test_private_subnets_have_tables_of_their_own(name: str) -> None:
    tables = {
        each["SubnetId"]["Ref"]: each["RouteTableId"]["Ref"]
        for each in of_type(name, "SubnetRouteTableAssociation").values()
    }
    assert tables == {
        "PublicSubnet1": "PublicRoutes",
        "PublicSubnet2": "PublicRoutes",
        "PrivateSubnet1": "PrivateSubnet1Routes",
        "PrivateSubnet2": "PrivateSubnet2Routes",
    }


def test_without_nat_a_task_starts_by_way_of_endpoints() -> None:
    """Whether or not the settings name a secret: the live side may need one that newer settings have dropped."""
    services = {each["ServiceName"]["Fn::Sub"].split("}.")[1] for each in of_type("no-nat", "VPCEndpoint").values()}
    assert services == {"s3", "ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm"}
    [rule] = of_type("no-nat", "SecurityGroup")["EndpointSecurityGroup"]["SecurityGroupIngress"]
    assert (rule["CidrIp"], rule["FromPort"], rule["ToPort"]) == ("172.20.16.0/22", 443, 443)


def test_with_nat_only_the_free_endpoint_is_made() -> None:
    assert list(of_type("minimal", "VPCEndpoint")) == ["S3Endpoint"]


@pytest.mark.parametrize("name", MADE)
def test_traffic_is_recorded(name: str) -> None:
    [log] = of_type(name, "FlowLog").values()
    assert (log["ResourceId"], log["TrafficType"]) == ({"Ref": "Vpc"}, "ALL")
