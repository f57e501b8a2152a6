"""CloudWatch's metrics of load balancers, and alarms that follow them.

Every second, and whenever somebody looks, what the data plane has counted goes into the minute that it belongs to
(`sampling`, `minutes`), under the names and dimensions that AWS uses. Numbers that are put by hand join them; both are
read as series of periods (`series`), also through metric math (`formulas`). Alarms are judged by the same series
(`verdicts`) or by what others say (`composites`), and whom they concern is told (`alarms`): topics and the event
bus. A period counts for alarms while it is still running, so they react sooner than on AWS, where it has to be over and
its numbers have to arrive.
"""

from typing import TYPE_CHECKING

from rehearsal.metrics import seam

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def install(cloud: "Cloud") -> None:
    """Let moto's metrics be those of this cloud."""
    seam.install(cloud)


def start(cloud: "Cloud") -> None:
    """Begin to count."""
    seam.start(cloud)


def stop() -> None:
    """Leave moto as it was."""
    seam.remove()
