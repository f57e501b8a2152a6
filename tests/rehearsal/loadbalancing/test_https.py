"""HTTPS listeners serve the certificates that ACM and IAM hold."""

import subprocess

import pytest

from tests.rehearsal.dataplane.test_tls import certificate
from tests.rehearsal.loadbalancing.conftest import fixed


def secured(shop, port, *arguments):
    command = ["curl", "-sSikv", "--max-time", "5", *arguments, f"https://{shop.host}:{port}/"]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_a_certificate_from_acm_and_a_redirect_to_it(shop):
    arn = shop.cloud.client("acm").request_certificate(DomainName="shop.example")["CertificateArn"]
    action = fixed(MessageBody="secure")
    listener = shop.listener(action, 8443, Protocol="HTTPS", Certificates=[{"CertificateArn": arn}])
    answer = secured(shop, 8443)
    assert answer.stdout.endswith("secure")
    assert "CN=shop.example" in answer.stderr
    redirect = {"StatusCode": "HTTP_301", "Protocol": "HTTPS", "Port": "8443"}
    shop.listener({"Type": "redirect", "RedirectConfig": redirect})
    assert shop.curl("/", 8080, "-L").stdout.endswith("secure")
    (found,) = shop.elb.describe_listeners(ListenerArns=[listener])["Listeners"]
    assert found["SslPolicy"]


def test_an_imported_certificate_replaces_one_and_is_served_by_name(shop):
    acm = shop.cloud.client("acm")
    arns = []
    for name in ("first.example", "second.example"):
        key, _, body = certificate(name).pem.partition("-----END PRIVATE KEY-----\n")
        private = key + "-----END PRIVATE KEY-----\n"
        arns.append(acm.import_certificate(Certificate=body, PrivateKey=private)["CertificateArn"])
    listener = shop.listener(fixed(), 8443, Protocol="HTTPS", Certificates=[{"CertificateArn": arns[0]}])
    second = ["--resolve", f"second.example:8443:{shop.host}"]
    shop.elb.add_listener_certificates(ListenerArn=listener, Certificates=[{"CertificateArn": arns[1]}])
    command = ["curl", "-sSikv", "--max-time", "5", *second, "https://second.example:8443/"]
    assert "CN=second.example" in subprocess.run(command, capture_output=True, text=True, check=True).stderr
    assert "CN=first.example" in secured(shop, 8443).stderr
    shop.elb.modify_listener(ListenerArn=listener, Certificates=[{"CertificateArn": arns[1]}])
    assert "CN=second.example" in secured(shop, 8443).stderr


def test_a_server_certificate_of_iam(shop):
    key, _, body = certificate("iam.example").pem.partition("-----END PRIVATE KEY-----\n")
    private = key + "-----END PRIVATE KEY-----\n"
    iam = shop.cloud.client("iam")
    made = iam.upload_server_certificate(ServerCertificateName="iam", CertificateBody=body, PrivateKey=private)
    arn = made["ServerCertificateMetadata"]["Arn"]
    shop.listener(fixed(), 8443, Protocol="HTTPS", Certificates=[{"CertificateArn": arn}])
    assert "CN=iam.example" in secured(shop, 8443).stderr


def test_certificates_that_are_not_there_any_more_or_never_were(shop):
    acm = shop.cloud.client("acm")
    arn = acm.request_certificate(DomainName="shop.example")["CertificateArn"]
    listener = shop.listener(fixed(), 8443, Protocol="HTTPS", Certificates=[{"CertificateArn": arn}])
    unknown = [{"CertificateArn": arn[:-4] + "0000"}]
    with pytest.raises(shop.elb.exceptions.CertificateNotFoundException):
        shop.elb.add_listener_certificates(ListenerArn=listener, Certificates=unknown)
    shop.cloud.backend("acm").delete_certificate(arn)
    shop.listener(fixed("201"))
    assert shop.curl().stdout.startswith("HTTP/1.1 201 ")
    assert "CN=shop.example" in secured(shop, 8443).stderr


def test_a_listener_may_turn_from_tls_to_plain_and_back(shop):
    arn = shop.cloud.client("acm").request_certificate(DomainName="shop.example")["CertificateArn"]
    certificates = [{"CertificateArn": arn}]
    listener = shop.listener(fixed(), 8443, Protocol="HTTPS", Certificates=certificates)
    shop.elb.modify_listener(ListenerArn=listener, Protocol="HTTP")
    assert shop.curl(port=8443).stdout.startswith("HTTP/1.1 200 ")
    shop.elb.modify_listener(ListenerArn=listener, Protocol="HTTPS", Certificates=certificates)
    assert "CN=shop.example" in secured(shop, 8443).stderr
