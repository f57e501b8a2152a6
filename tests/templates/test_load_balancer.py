"""The load balancer: who reaches which listener, and with which protocol."""

from typing import Any

import pytest

from tests.templates import samples, variants

PRIVATE = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"]


def resources(name: str) -> dict[str, Any]:
    """Return the properties of the load balancer's resources."""
    return {title: each["Properties"] for title, each in samples.templates(name)["load_balancer"]["Resources"].items()}


def callers(template: samples.Template) -> dict[int, list[str]]:
    """Return who may reach which port."""
    rules = template["Resources"]["SecurityGroup"]["Properties"]["SecurityGroupIngress"]
    found: dict[int, list[str]] = {}
    for rule in rules:
        assert rule["FromPort"] == rule["ToPort"]
        found.setdefault(rule["FromPort"], []).append(rule["CidrIp"])
    return found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("minimal", {80: ["0.0.0.0/0"], 8080: ["10.215.0.0/16"]}),
        ("secure", {443: ["0.0.0.0/0"], 8443: ["203.0.113.0/24"], 80: ["0.0.0.0/0"]}),
        ("existing-vpc", {8000: PRIVATE, 8001: ["10.0.0.0/8"]}),
        ("per-az", {80: ["0.0.0.0/0"], 8080: ["198.51.100.17/32"]}),
    ],
)
def test_who_reaches_which_port(name: str, expected: dict[int, list[str]]) -> None:
    assert callers(samples.templates(name)["load_balancer"]) == expected


def test_an_existing_vpcs_test_listener_is_for_private_addresses() -> None:
    template = samples.parsed(variants.synthesis("minimal", "network.vpc_id"))["load_balancer"]
    assert callers(template) == {80: ["0.0.0.0/0"], 8080: PRIVATE}


def test_the_load_balancer_reaches_nothing_by_itself() -> None:
    [rule] = resources("minimal")["SecurityGroup"]["SecurityGroupEgress"]
    assert rule["CidrIp"] == "127.0.0.1/32"


def test_with_a_certificate_both_listeners_speak_tls_and_port_80_redirects() -> None:
    made = resources("secure")
    for title, port in (("ProductionListener", 443), ("TestListener", 8443)):
        assert (made[title]["Port"], made[title]["Protocol"]) == (port, "HTTPS")
        assert made[title]["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")
        assert made[title]["Certificates"] == [{"CertificateArn": samples.settings("secure").listener.certificate_arn}]
    [action] = made["Redirect"]["DefaultActions"]
    assert action["RedirectConfig"] == {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}


def test_without_a_certificate_nothing_redirects() -> None:
    made = resources("minimal")
    assert "Redirect" not in made
    assert (made["ProductionListener"]["Protocol"], made["ProductionListener"]["Port"]) == ("HTTP", 80)


@pytest.mark.parametrize("name", samples.NAMES)
def test_listeners_answer_503_until_a_rule_says_otherwise(name: str) -> None:
    for title in ("ProductionListener", "TestListener"):
        [action] = resources(name)[title]["DefaultActions"]
        assert action["FixedResponseConfig"]["StatusCode"] == "503"


def test_access_logs_go_where_the_bucket_lets_the_load_balancer_write() -> None:
    attributes = {each["Key"]: each["Value"] for each in resources("minimal")["LoadBalancer"]["LoadBalancerAttributes"]}
    pipeline = samples.templates("minimal")["pipeline"]["Resources"]
    assert attributes["access_logs.s3.bucket"] == pipeline["LogBucket"]["Properties"]["BucketName"]
    allowed = str(pipeline["LogBucketPolicy"]["Properties"]["PolicyDocument"])
    assert f"/{attributes['access_logs.s3.prefix']}/AWSLogs/" in allowed
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    encryption = pipeline["LogBucket"]["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption[0]["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


@pytest.mark.parametrize(
    ("name", "production", "test"),
    [
        ("minimal", "http://${LoadBalancer.Outputs.DnsName}", "http://${LoadBalancer.Outputs.DnsName}:8080"),
        ("secure", "https://${LoadBalancer.Outputs.DnsName}", "https://${LoadBalancer.Outputs.DnsName}:8443"),
        ("existing-vpc", "http://${LoadBalancer.Outputs.DnsName}:8000", "http://${LoadBalancer.Outputs.DnsName}:8001"),
    ],
)
def test_addresses(name: str, production: str, test: str) -> None:
    outputs = samples.templates(name)["cluster"]["Outputs"]
    assert outputs["ProductionUrl"]["Value"] == {"Fn::Sub": production}
    assert outputs["TestUrl"]["Value"] == {"Fn::Sub": test}
