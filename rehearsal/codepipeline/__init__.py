"""CodePipeline: executions move through stages, one at a time in each, and their actions do real work.

The machine decides: it is told of calls and results, knows which execution holds which stage, and answers with effects
(perform this action, forget that one, announce a change). It has no clock, no thread and no AWS of its own, so every
history can be replayed. The driver does what the machine asks for: it runs each action's provider in a thread with the
credentials of the action's role, so that IAM has its say, tells EventBridge of changes, and lets actions time out.
moto keeps the wire; the operations here replace its own. What the rehearsal does not do is refused by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.codepipeline import seam
from rehearsal.codepipeline.driver import Driver

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.codepipeline.clock import Clock

_installed: list[Driver] = []


def install(cloud: Cloud, clock: Clock | None = None) -> Driver:
    """Make moto's pipelines real."""
    driver = Driver(cloud, clock)
    seam.install(driver)
    _installed[:] = [driver]
    return driver


def start(cloud: Cloud) -> None:
    """Begin to work."""
    del cloud
    for driver in _installed:
        driver.start()


def stop() -> None:
    """Let go of every action and leave moto as it was."""
    for driver in _installed:
        driver.stop()
    _installed.clear()
    seam.remove()
