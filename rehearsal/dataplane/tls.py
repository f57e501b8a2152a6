"""TLS of a listener, from certificates in memory."""

import os
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.dataplane.snapshot import Certificate


class Tls:
    """The certificates of a listener, which may change while it listens."""

    def __init__(self, certificates: tuple["Certificate", ...]) -> None:
        """Serve these."""
        self.context = _context()
        self.context.sni_callback = self._choose
        self.replace(certificates)

    def replace(self, certificates: tuple["Certificate", ...]) -> None:
        """Serve these from now on; the first to clients that name none of the others."""
        contexts = [_loaded(certificate) for certificate in certificates]
        pairs = zip(certificates, contexts, strict=True)
        self._named = {name: context for certificate, context in pairs for name in certificate.names}
        self._default = contexts[0]

    def _choose(self, connection: ssl.SSLObject | ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
        wildcard = "*." + (name or "").partition(".")[2]
        connection.context = self._named.get(name or "") or self._named.get(wildcard) or self._default


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _loaded(certificate: "Certificate") -> ssl.SSLContext:
    context = _context()
    # ssl reads files only; this one has no name and is gone with its descriptor.
    descriptor = os.memfd_create("certificate")
    try:
        os.write(descriptor, certificate.pem.encode())
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context
