"""Where load balancers are reached, for people and for the control endpoint."""

from typing import TYPE_CHECKING, Any

from moto.elbv2.models import elbv2_backends

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def listeners(cloud: "Cloud") -> list[dict[str, Any]]:
    """Return every listener with its real address."""
    regions = elbv2_backends[cloud.account].values()
    return [
        {
            "region": region.region_name,
            "load_balancer": balancer.name,
            "protocol": listener.protocol,
            "port": int(listener.port),
            "url": f"{listener.protocol.lower()}://{bound.host}:{bound.port}",
            "note": bound.note,
        }
        for region in list(regions)
        for balancer in list(region.load_balancers.values())
        for listener in list(balancer.listeners.values())
        if (bound := region.bound.get(listener.arn))  # type: ignore[attr-defined]  # ours, by the seam
    ]
