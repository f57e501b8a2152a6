"""Lambda: moto keeps the functions, and here they run.

The zip that was uploaded is unpacked below the state folder and its handler runs in a process of its own, with the
function's environment, the credentials of its role, and the address of this server as its AWS endpoint. A process
serves one invocation at a time and stays warm for the next one; invocations at the same time get processes of their
own, up to the function's reserved concurrency. New code or settings mean new processes. A process that takes longer
than the function's timeout is killed.

An invocation of type Event is answered at once and then tried as often as the function's `MaximumRetryAttempts` say,
with the pauses of AWS (one minute, then two) shortened to those in `asynchronous.py`. What a function prints goes to
CloudWatch Logs with the rights of the function's role: a role that may not write logs leaves none, as on AWS.

The memory size is told to the function and printed in its report, but limits nothing. Left out, and refused by name:
container images, runtimes other than Python's and Node's, dead-letter queues and destinations, function URLs.
"""

from typing import TYPE_CHECKING

from rehearsal.functions import seam
from rehearsal.functions.fleet import Fleet

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud


def install(cloud: "Cloud") -> None:
    """Make moto's functions run."""
    seam.install(Fleet(cloud))


def start(cloud: "Cloud") -> None:
    """Do nothing: a function's process starts with its first invocation."""
    del cloud


def stop() -> None:
    """End all processes and leave moto as it was."""
    seam.remove()
