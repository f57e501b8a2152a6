"""Elastic Load Balancing: moto keeps the records, the data plane does the work.

Every call that changes something ends with a snapshot of the region's load balancers that the data plane has put in
force, so a listener listens and a rule counts when the call returns; target health is what the data plane's checks
found. Where moto accepts what AWS refuses, or describes it otherwise than AWS does, the backend here corrects it. What
the rehearsal does not do (network load balancers, Lambda targets, stickiness, authentication) is refused by name.
"""

from typing import TYPE_CHECKING

from rehearsal.loadbalancing import seam

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def install(cloud: "Cloud") -> None:
    """Make moto's load balancers real."""
    seam.install(cloud)


def start(cloud: "Cloud") -> None:
    """Do nothing: there is no work in the background but the data plane's."""
    del cloud


def stop() -> None:
    """Give back the addresses and leave moto as it was."""
    seam.remove()
