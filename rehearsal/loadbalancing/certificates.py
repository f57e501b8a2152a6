"""Certificates of listeners, with their private keys, from ACM's and IAM's records."""

from typing import TYPE_CHECKING, Any

from cryptography import x509
from moto.acm.exceptions import CertificateNotFound
from moto.acm.models import AWS_ROOT_CA, acm_backends
from moto.elbv2.exceptions import ELBClientError
from moto.iam.models import iam_backends

from rehearsal.dataplane.snapshot import Certificate

if TYPE_CHECKING:
    from moto.elbv2.models import ELBv2Backend


def certificate_of(backend: "ELBv2Backend", arn: str) -> Certificate:
    """Return a certificate that a listener names."""
    parts = _parts(backend, arn)
    pem = "\n".join(part.decode() if isinstance(part, bytes) else part for part in parts if part)
    return Certificate(pem, _names(parts[1]))


def _parts(backend: "ELBv2Backend", arn: str) -> tuple[Any, Any, Any]:
    """Return the private key, the certificate, and the chain above it."""
    if ":iam:" in arn:
        held = iam_backends[backend.account_id][backend.partition].get_certificate_by_arn(arn)
        if held is not None:
            return held.private_key, held.cert_body, held.cert_chain
    else:
        try:
            bundle = acm_backends[backend.account_id][backend.region_name].get_certificate(arn)
        except CertificateNotFound:
            pass
        else:
            return bundle.key, bundle.cert, bundle.chain.replace(AWS_ROOT_CA, b"")
    raise ELBClientError("CertificateNotFound", f"Certificate '{arn}' not found")


def _names(certificate: str | bytes) -> tuple[str, ...]:
    parsed = x509.load_pem_x509_certificate(certificate.encode() if isinstance(certificate, str) else certificate)
    common = [str(name.value) for name in parsed.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    try:
        others = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return tuple(common)
    return tuple(dict.fromkeys([*common, *others.get_values_for_type(x509.DNSName)]))
