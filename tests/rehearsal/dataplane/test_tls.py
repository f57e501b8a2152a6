"""HTTPS listeners and HTTPS targets."""

import datetime
import socket
import ssl
import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rehearsal.dataplane.snapshot import (
    Balancer,
    Certificate,
    FixedResponse,
    HealthCheck,
    Listener,
    Redirect,
    Rule,
    Snapshot,
)


def certificate(name):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    signed = builder.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Certificate((private + signed.public_bytes(serialization.Encoding.PEM)).decode(), (name,))


def served(bound, name):
    """The name on the certificate that a client gets who asks for this name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection((bound.host, bound.port), 30)
    with context.wrap_socket(plain, server_hostname=name) as connection:
        der = connection.getpeercert(binary_form=True)
    return x509.load_der_x509_certificate(der).subject.rfc4514_string().removeprefix("CN=")


@pytest.fixture
def secure(plane):
    plane.certificates = tuple(certificate(name) for name in ("first.example", "*.second.example"))
    return plane


def test_a_request_over_tls(secure):
    secure.serving("app")
    url = f"https://127.0.0.1:{secure.bound.port}/x"
    output = subprocess.run(["curl", "-sSk", url], capture_output=True, check=True, text=True, timeout=10).stdout
    assert '"x-forwarded-proto": "https"' in output


def test_the_certificate_follows_the_name_and_may_be_replaced(secure):
    secure.serving("app")
    names = ["first.example", "shop.second.example", "other.example"]
    assert [served(secure.bound, name) for name in names] == ["first.example", "*.second.example", "first.example"]
    bound = secure.bound
    secure.certificates = (certificate("third.example"),)
    assert secure.put() == bound
    assert served(bound, "first.example") == "third.example"


def test_an_upload_and_a_refusal_over_tls(secure, tmp_path):
    secure.serving("app")
    upload = tmp_path / "upload"
    upload.write_bytes(b"x" * 1_000_000)
    url = f"https://127.0.0.1:{secure.bound.port}/x"
    for extra, expected in ([], '"body": 1000000'), (["-X", "TRACE"], "405 Method Not Allowed"):
        command = ["curl", "-sSk", "-T", upload, *extra, url]
        assert expected in subprocess.run(command, capture_output=True, check=True, text=True, timeout=10).stdout


def test_a_certificate_that_cannot_be_read_is_an_error_of_its_listener(secure):
    secure.certificates = (Certificate("nonsense"),)
    secure.rules = (Rule(fixed=FixedResponse(200)),)
    assert secure.put().error.startswith("the certificate cannot be used: ")


def test_a_redirect_to_a_mapped_port_names_the_port_that_works(plane):
    secure = Rule(fixed=FixedResponse(200, body="secure"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        to_tls = Rule(redirect=Redirect(301, protocol="HTTPS", port=str(port)))
        listeners = Listener("tls", port, (secure,), certificates=(certificate("x"),)), Listener("plain", 0, (to_tls,))
        bound = plane.process.apply(Snapshot(plane.scope, (Balancer("b", "127.0.0.1", listeners),)))
    assert bound["tls"].port != port
    url = f"http://127.0.0.1:{bound['plain'].port}/"
    command = ["curl", "-sSkL", "-w", " %{url_effective}", url]
    output = subprocess.run(command, capture_output=True, check=True, text=True, timeout=10).stdout
    assert output == f"secure https://127.0.0.1:{bound['tls'].port}/"


def test_targets_may_speak_https(secure):
    (app,) = secure.serving("app")
    inner = secure.bound
    check = HealthCheck(protocol="HTTPS", interval=0.2, timeout=1)
    target = type(app.endpoint)("127.0.0.1", inner.port)
    rule = Rule(forward=secure.shares("tls"))
    secure.group("tls", target, check=check, protocol="HTTPS")
    outer = Listener(f"{secure.scope}/outer", 0, (rule,))
    first = Listener(f"{secure.scope}/listener", 0, secure.rules, certificates=secure.certificates)
    snapshot = Snapshot(
        secure.scope,
        (Balancer(f"{secure.scope}/balancer", "127.0.0.1", (first, outer)),),
        tuple(secure.groups.values()),
    )
    secure.bound = secure.process.apply(snapshot)[outer.id]
    assert secure.process.wait(lambda: {v.state for v in secure.health("tls").values()} == {"healthy"}, 60)
    assert secure.get()[1]["headers"]["x-forwarded-proto"] == "https"
