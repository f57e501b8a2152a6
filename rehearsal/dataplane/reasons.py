"""The states of a target, worded as AWS words them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rehearsal.dataplane.snapshot import Endpoint


@dataclass(frozen=True)
class Verdict:
    """What is known of a target."""

    state: str
    reason: str = ""
    description: str = ""


HEALTHY = Verdict("healthy")
REGISTERING = Verdict("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = Verdict("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
DRAINING = Verdict("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_REGISTERED = Verdict("unused", "Target.NotRegistered", "Target is not registered to the target group")
NOT_IN_USE = Verdict(
    "unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer"
)
TIMED_OUT = Verdict("unhealthy", "Target.Timeout", "Request timed out")
FAILED = Verdict("unhealthy", "Target.FailedHealthChecks", "Health checks failed")


def mismatch(status: int) -> Verdict:
    """Return the verdict on a target that answered with another status than expected."""
    return Verdict("unhealthy", "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]")


def key(endpoint: "Endpoint") -> str:
    """Return the name of a target in reports."""
    return f"{endpoint.address}:{endpoint.port}"
