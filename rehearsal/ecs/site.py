"""What all tasks and services of one cloud share, and the one lock that guards them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from rehearsal.addresses import Addresses
from rehearsal.ecs import announcing
from rehearsal.ecs.credentials import Credentials
from rehearsal.ecs.engine import Engine
from rehearsal.ecs.logs import Courier

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.ecs.records import Container, Document, Service, Task

# AWS describes stopped tasks for about an hour.
STOPPED_KEPT = 200


class Site:
    """The services, the tasks, and what they are made with; hold `changed` to read or change them."""

    def __init__(self, cloud: Cloud) -> None:
        """Start with none."""
        self.cloud = cloud
        self.changed = threading.Condition(threading.RLock())
        self.version = 0
        self.services: dict[str, Service] = {}
        self.tasks: dict[str, Task] = {}
        self.engine = Engine(cloud)
        self.courier = Courier(cloud)
        self.addresses = Addresses()
        self.credentials = Credentials(cloud)
        # Why no container can be started, while the engine does not answer.
        self.trouble = ""
        self._runtimes: dict[str, Container] = {}

    @property
    def closing(self) -> bool:
        """Whether everything is about to end."""
        return self.cloud.workers.stopping.is_set()

    def touch(self) -> None:
        """Wake everybody who waits for a change."""
        with self.changed:
            self.version += 1
            self.changed.notify_all()

    def turn(self, task: Task, status: str, *moments: str) -> None:
        """Let a task take another state."""
        with self.changed:
            task.status = status
            task.version += 1
            task.mark(*moments)
            announcing.task_changed(self.cloud, task)
            self._forget_old()
            self.touch()

    def _forget_old(self) -> None:
        over = [task.arn for task in self.tasks.values() if task.is_over and (task.judged or not task.failed)]
        for arn in over[:-STOPPED_KEPT]:
            del self.tasks[arn]

    def of_service(self, service: Service) -> list[Task]:
        """Return the tasks of a service that have not stopped, oldest first."""
        with self.changed:
            return [task for task in self.tasks.values() if task.service == service.arn and not task.is_over]

    def watch(self, container: Container) -> None:
        """Hear from now on what the engine says of a container."""
        with self.changed:
            self._runtimes[container.runtime] = container

    def forget(self, container: Container) -> None:
        """Hear no more of a container."""
        with self.changed:
            self._runtimes.pop(container.runtime, None)

    def watched(self) -> list[Container]:
        """Return the containers that are heard of."""
        with self.changed:
            return list(self._runtimes.values())

    def heard(self, runtime: str, action: str, attributes: Document) -> None:
        """Take note of what the engine says of a container."""
        with self.changed:
            container = self._runtimes.get(runtime)
            if container is None:
                return
            if action == "die":
                container.status, container.exit_code = "STOPPED", int(attributes.get("exitCode", 0))
            elif action.startswith("health_status"):
                container.health = action.partition(":")[2].strip().upper()
            self.touch()
