"""Faults on demand, for tests and for rehearsing bad days.

Calls of the API can be throttled, delayed, denied or failed (`calls`), by service, operation and caller, from the first
or a later call on, once or more often; a call that fails `after` has done its work, and only its answer is lost. A
function can be killed at one of its own calls, a task stopped, killed or frozen, and a target made unhealthy
(`incidents`). Errors have the words of the service that they come from (`words`). What is wanted is told at
`/_rehearsal/faults` (`orders`), and stands until it has struck as often as it should, or is taken back.
"""

from typing import TYPE_CHECKING

from rehearsal.faults.calls import CallFaults

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def install(cloud: "Cloud") -> None:
    """Be ready for faults."""
    cloud.faults = CallFaults(cloud)


def stop(cloud: "Cloud") -> None:
    """Let nothing go wrong any more."""
    cloud.faults = None
