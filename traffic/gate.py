"""Whether a side is fit to serve, and if not, why."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

# Targets that are on their way out take no new request: they say nothing about those that stay.
LEAVING = {"draining", "unhealthy.draining"}
# An approver reads this in a console; a hundred targets fail for the same two or three reasons.
REASONS_TOLD = 10


class Target(NamedTuple):
    """One target of a side, as its load balancer's health check sees it."""

    address: str
    state: str
    reason: str
    description: str

    def __str__(self) -> str:
        why = ": ".join(part for part in (self.reason, self.description) if part)
        return f"{self.address} is {self.state}" + (f" ({why})" if why else "")


class Verdict(NamedTuple):
    """The gate's answer, with its reasons."""

    fit: bool
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        told = "; ".join(self.reasons[:REASONS_TOLD])
        more = len(self.reasons) - REASONS_TOLD
        return f"{told}; and {more} more" if more > 0 else told


class Gate(NamedTuple):
    """What is asked of a side before it may serve."""

    healthy: int = 1

    def judge(self, targets: Sequence[Target]) -> Verdict:
        """Lets a side pass that has enough healthy targets, and none that is anything but healthy or leaving."""
        states = Counter(target.state for target in targets)
        unfit = [str(target) for target in targets if target.state != "healthy" and target.state not in LEAVING]
        if states["healthy"] < self.healthy:
            counted = ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none is registered"
            unfit.insert(0, f"healthy targets needed: {self.healthy}, targets found: {counted}")
        return Verdict(fit=not unfit, reasons=tuple(unfit) or (f"healthy targets: {states['healthy']}",))


def read_health(elbv2: "ElasticLoadBalancingv2Client", target_group: str) -> tuple[Target, ...]:
    """The targets of a side."""
    described = elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    return tuple(
        Target(
            address=":".join(str(part) for part in (one["Target"]["Id"], one["Target"].get("Port")) if part),
            state=one.get("TargetHealth", {}).get("State", "unknown"),
            reason=one.get("TargetHealth", {}).get("Reason", ""),
            description=one.get("TargetHealth", {}).get("Description", ""),
        )
        for one in described
    )
