"""EventBridge: moto keeps the rules, and here events find them and are delivered.

An event comes from an engine (`Bus.emit`), from a client (`PutEvents`) or from a schedule. Every enabled rule of its
bus whose pattern matches takes it into a lane of its own, in which events wait for their turn, so that one rule's
targets see them in order and a slow target holds up nobody else. A target is called with the rights that AWS would
use: those of the target's role, or those that the resource itself grants to `events.amazonaws.com`. A call that may
succeed later is made again; one that is refused, or that fails too often, goes to the dead-letter queue and into
`Bus.failures`.

Left out, and refused by name: archives and replays, API destinations, and targets other than those in `targets.py`.
"""

from typing import TYPE_CHECKING

from rehearsal.eventbus import seam
from rehearsal.eventbus.bus import Bus

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def install(cloud: "Cloud") -> None:
    """Give the cloud its bus and let moto's rules deliver."""
    cloud.bus = Bus(cloud)
    seam.install(cloud.bus)


def start(cloud: "Cloud") -> None:
    """Do nothing: lanes and the clock start with the first thing that they have to do."""
    del cloud


def stop(cloud: "Cloud") -> None:
    """Stop the clock and leave moto as it was."""
    cloud.bus.stop()
    seam.remove()
