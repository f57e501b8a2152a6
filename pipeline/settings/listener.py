"""[listener]: where production and the test side are reached, and by whom."""

from typing import Annotated, Literal

from pydantic import AfterValidator

from pipeline.settings.base import Mistake, Mistakes, Table, rule
from pipeline.settings.forms import Form, Port, arn, example
from pipeline.settings.network import ipv4_network

PLAIN = {"production_port": 80, "test_port": 8080}
SECURE = {"production_port": 443, "test_port": 8443}
CERTIFICATE = arn(
    "acm", r"certificate/[\w\-]+", "the ARN of an ACM certificate, as arn:aws:acm:REGION:ACCOUNT:certificate/ID"
)

CALLERS = Form("an IPv4 network, such as your office's 203.0.113.0/24", r"[0-9.]+(/[0-9]{1,2})?", optional=True)


def test_callers(cidr: str) -> str:
    """Return the CIDR if it is empty or a network."""
    if cidr:
        ipv4_network(cidr, CALLERS.words, range(33))
    return cidr


class Listener(Table):
    """Where production and the test side are reached, and by whom."""

    production_port: Annotated[Port, example(8000)] = PLAIN["production_port"]
    """Production's port. With a certificate, 443 unless another is given here, and port 80 redirects to it."""

    test_port: Annotated[Port, example(8001)] = PLAIN["test_port"]
    """The port of the side that is not live. With a certificate, 8443 unless another is given here."""

    certificate_arn: Annotated[
        str, CERTIFICATE, example("arn:aws:acm:eu-west-1:123456789012:certificate/9c8b7a69-5847-4362-9150-4f3e2d1c0b9a")
    ] = ""
    """ACM certificate, in the stack's region. Turns both listeners into HTTPS."""

    test_cidr: Annotated[str, CALLERS, AfterValidator(test_callers), example("203.0.113.0/24")] = ""
    """Who may reach the test listener, such as your office. Empty: the VPC alone, so nobody from outside."""

    scheme: Annotated[Literal["internet-facing", "internal"], example("internal")] = "internet-facing"
    """Whether the load balancer has public addresses."""

    @property
    def secure(self) -> bool:
        """Whether the listeners speak HTTPS."""
        return bool(self.certificate_arn)

    @property
    def protocol(self) -> str:
        """What both listeners speak, as the load balancer names it."""
        return "HTTPS" if self.secure else "HTTP"

    @property
    def production(self) -> int:
        """The port on which production is reached, the certificate taken into account."""
        return self._effective("production_port")

    @property
    def test(self) -> int:
        """The port on which the test side is reached, the certificate taken into account."""
        return self._effective("test_port")

    @property
    def redirects(self) -> bool:
        """Whether port 80 sends its callers on to production."""
        return self.secure and 80 not in (self.production, self.test)

    def _effective(self, name: str) -> int:
        if self.secure and name not in self.model_fields_set:
            return SECURE[name]
        port: int = getattr(self, name)
        return port


@rule(Listener, "production_port", "test_port", "certificate_arn")
def listeners_have_two_ports(listener: Listener) -> Mistakes:
    """`production_port` and `test_port` differ."""
    if listener.production == listener.test:
        key = "test_port" if "test_port" in listener.model_fields_set else "production_port"
        yield Mistake((key,), f"production and test would both listen on {listener.test}; give two different ports")


@rule(Listener, "production_port", "test_port", "certificate_arn")
def ports_suit_the_protocol(listener: Listener) -> Mistakes:
    """With a certificate, port 80 is kept for the redirect; without one, 443 is not used."""
    for key, port in (("production_port", listener.production), ("test_port", listener.test)):
        if port == 80 and listener.secure:
            yield Mistake((key,), f"with certificate_arn, port 80 redirects; leave {key} out for {SECURE[key]}")
        if port == 443 and not listener.secure:
            yield Mistake((key,), "clients expect HTTPS on 443; give certificate_arn, or another port")
