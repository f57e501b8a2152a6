"""[network]: a VPC that can be created, or one that is there already; never something in between."""

import pytest

VPC = "vpc_id = 'vpc-0a1b2c3d4e5f60718'\n"
PUBLIC = "public_subnets = ['subnet-0a1b2c3d4e5f60711', 'subnet-0a1b2c3d4e5f60712']\n"
PRIVATE = "private_subnets = ['subnet-0a1b2c3d4e5f60713', 'subnet-0a1b2c3d4e5f60714']\n"


@pytest.mark.parametrize("cidr", ["10.0.0.0/16", "172.16.32.0/20", "192.168.7.0/24", "100.64.0.0/16"])
def test_networks_that_a_vpc_can_have(mistakes, minimal, cidr):
    assert mistakes(f"{minimal}[network]\ncidr = '{cidr}'\n") == []


@pytest.mark.parametrize(
    ("cidr", "told"),
    [
        ("10.0.0.0/15", "is not valid; give an IPv4 network of /16 to /24"),
        ("10.0.0.0/25", "is not valid; give an IPv4 network of /16 to /24"),
        ("10.0.0.0", "is not valid; give an IPv4 network of /16 to /24"),
        ("10.0.0.0/255.255.0.0", "is not valid; give an IPv4 network of /16 to /24"),
        ("10.0.0.256/16", "is not valid; give an IPv4 network of /16 to /24"),
        ("2001:db8::/56", "is not valid; give an IPv4 network of /16 to /24"),
        ("", "is not valid; give an IPv4 network of /16 to /24"),
        (
            "10.0.7.1/16",
            'is not valid; give an IPv4 network of /16 to /24, such as 10.215.0.0/16 (did you mean "10.0.0.0/16"?)',
        ),
        ("127.0.0.0/16", "is reserved, and no VPC can have it"),
        ("169.254.0.0/16", "is reserved, and no VPC can have it"),
        ("224.0.0.0/16", "is reserved, and no VPC can have it"),
        ("0.0.0.0/16", "is reserved, and no VPC can have it"),
    ],
)
def test_networks_that_no_vpc_can_have(mistakes, minimal, cidr, told):
    (line,) = mistakes(f"{minimal}[network]\ncidr = '{cidr}'\n")
    assert line.startswith(f'6: network.cidr: "{cidr}" {told}')


def test_an_existing_vpc(mistakes, minimal):
    assert mistakes(f"{minimal}[network]\n{VPC}{PUBLIC}{PRIVATE}") == []


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (VPC + PUBLIC, ["5: network.private_subnets: with vpc_id, two subnets at least are needed, in different"]),
        (VPC, ["5: network.private_subnets: with vpc_id,", "5: network.public_subnets: with vpc_id,"]),
        (
            f"{VPC}{PUBLIC}private_subnets = ['subnet-01234567']",
            ["8: network.private_subnets: with vpc_id, two subnets at least"],
        ),
        (PUBLIC, ["6: network.public_subnets: these are for an existing VPC; name it with vpc_id, or leave them out"]),
        (
            f"{VPC}{PUBLIC}{PRIVATE}nat = 'none'",
            ["9: network.nat: this describes a VPC that is created; with vpc_id, leave it out"],
        ),
        (f"{VPC}{PUBLIC}{PRIVATE}cidr = '10.0.0.0/16'", ["9: network.cidr: this describes a VPC that is created;"]),
        (
            f"{VPC}{PUBLIC}private_subnets = ['subnet-01234567',\n'subnet-01234567']",
            ['9: network.private_subnets[1]: "subnet-01234567" stands there twice'],
        ),
        (
            f"{VPC}{PRIVATE}public_subnets = {['subnet-01234567'] * 5}",
            ["8: network.public_subnets: 5 of them is not valid; give a list of at most 4"],
        ),
        (
            f"{VPC.replace('0a', 'xy')}{PUBLIC}{PRIVATE}",
            ['6: network.vpc_id: "vpc-xy1b2c3d4e5f60718" is not valid; give a VPC\'s id, as vpc-0a1b2c3d4e5f60718'],
        ),
        (
            f"{VPC}{PUBLIC}private_subnets = [\n'subnet-01234567',\n'sn-1']",
            ['10: network.private_subnets[1]: "sn-1" is not valid; give a subnet\'s id'],
        ),
    ],
)
def test_an_existing_vpc_is_named_wholly(mistakes, minimal, rest, told):
    lines = mistakes(f"{minimal}[network]\n{rest}\n")
    assert len(lines) == len(told)
    assert all(line.startswith(words) for line, words in zip(lines, told, strict=True))


def test_tasks_of_a_public_service_do_not_stand_in_public_subnets(mistakes, minimal):
    shared = f"{minimal}[network]\n{VPC}{PUBLIC}{PUBLIC.replace('public', 'private')}"
    told = mistakes(shared)
    assert [line.split(": ")[:2] for line in told] == [["8", f"network.private_subnets[{n}]"] for n in (0, 1)]
    assert 'is one of public_subnets too; give a private one, or scheme = "internal" in [listener]' in told[0]
    assert mistakes(f"{shared}[listener]\nscheme = 'internal'\n") == []


def test_a_network_holds_the_tasks_of_both_sides(mistakes, minimal):
    def document(tasks):
        return f"{minimal}[network]\ncidr = '10.0.0.0/24'\n[container]\ndesired_count = {tasks}\n"

    assert mistakes(document(47)) == []
    (line,) = mistakes(document(48))
    assert line == (
        "8: container.desired_count: 10.0.0.0/24 has addresses for 47 tasks of each side; "
        "give no more, or a wider cidr in [network]"
    )
