"""[listener]: two ports that suit the protocol, and who may reach the test side."""

import pytest

from pipeline.settings import parse

CERTIFICATE = "certificate_arn = 'arn:aws:acm:eu-west-1:123456789012:certificate/9c8b7a69'\n"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", (80, 8080, "HTTP", False)),
        ("production_port = 8000\n", (8000, 8080, "HTTP", False)),
        (CERTIFICATE, (443, 8443, "HTTPS", True)),
        (CERTIFICATE + "production_port = 9443\n", (9443, 8443, "HTTPS", True)),
        (CERTIFICATE + "test_port = 8080\n", (443, 8080, "HTTPS", True)),
    ],
)
def test_a_certificate_moves_the_ports_that_are_not_given(minimal, rest, expected):
    listener = parse(f"{minimal}[listener]\n{rest}", "release.toml").listener
    assert (listener.production, listener.test, listener.protocol, listener.redirects) == expected


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        ("production_port = 8080\n", "6: listener.production_port: production and test would both listen on 8080;"),
        ("test_port = 80\n", "6: listener.test_port: production and test would both listen on 80; give two different"),
        (
            f"{CERTIFICATE}production_port = 8443\n",
            "7: listener.production_port: production and test would both listen on 8443",
        ),
        (
            f"{CERTIFICATE}production_port = 80\n",
            "7: listener.production_port: with certificate_arn, port 80 redirects; leave production_port out for 443",
        ),
        (
            f"{CERTIFICATE}test_port = 80\n",
            "7: listener.test_port: with certificate_arn, port 80 redirects; leave test_port out for 8443",
        ),
        (
            "production_port = 443\n",
            "6: listener.production_port: clients expect HTTPS on 443; give certificate_arn, or another port",
        ),
        (
            "certificate_arn = 'arn:aws:iam::123456789012:server-certificate/x'\n",
            '6: listener.certificate_arn: "arn:aws:iam::',
        ),
        (
            "certificate_arn = 'none'\n",
            '6: listener.certificate_arn: "none" is not valid; give the ARN of an ACM certificate, as arn:aws:acm:',
        ),
        ("scheme = 'public'\n", '6: listener.scheme: "public" is not valid; give "internet-facing" or "internal"'),
        (
            "test_cidr = '203.0.113.7/24'\n",
            '6: listener.test_cidr: "203.0.113.7/24" is not valid; give an IPv4 network,',
        ),
        (
            "test_cidr = '203.0.113.7'\n",
            '6: listener.test_cidr: "203.0.113.7" is not valid; give an IPv4 network,',
        ),
        ("test_cidr = 'office'\n", '6: listener.test_cidr: "office" is not valid; give an IPv4 network,'),
    ],
)
def test_listeners_that_would_not_serve_are_refused(mistakes, minimal, rest, told):
    (line,) = mistakes(f"{minimal}[listener]\n{rest}")
    assert line.startswith(told)


@pytest.mark.parametrize("cidr", ["", "0.0.0.0/0", "203.0.113.7/32", "10.0.0.0/8"])
def test_networks_that_may_reach_the_test_side(mistakes, minimal, cidr):
    assert mistakes(f"{minimal}[listener]\ntest_cidr = '{cidr}'\n") == []


@pytest.mark.parametrize(("cidr", "nearest"), [("203.0.113.7/24", "203.0.113.0/24"), ("203.0.113.7", "203.0.113.7/32")])
def test_the_network_that_was_meant_is_told(mistakes, minimal, cidr, nearest):
    (line,) = mistakes(f"{minimal}[listener]\ntest_cidr = '{cidr}'\n")
    assert line.endswith(f'(did you mean "{nearest}"?)')
