"""What goes on in the background: the scheduler, the logs, and three pairs of eyes and ears."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rehearsal.ecs.reconciler import Reconciler
from rehearsal.ecs.targets import groups
from rehearsal.engine.choose import EngineGoneError

if TYPE_CHECKING:
    import threading

    from rehearsal.ecs.records import Container
    from rehearsal.ecs.site import Site

LOG = logging.getLogger("rehearsal.ecs")
LOOK_AROUND = 3600.0
RECONNECT = 0.5
END_SECONDS = 5.0


class Background:
    """The threads of a site."""

    def __init__(self, site: Site) -> None:
        """Prepare."""
        self._site = site
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin."""
        spawn = self._site.cloud.workers.spawn
        self._threads = [
            spawn("ecs scheduler", Reconciler(self._site).run),
            spawn("ecs logs", self._site.courier.run),
            spawn("ecs targets", self._see_targets),
            spawn("ecs containers", self._hear_engine),
        ]

    def stop(self) -> None:
        """Let all tasks go; their containers are removed."""
        site = self._site
        site.cloud.workers.stopping.set()
        site.touch()
        site.engine.close()
        with site.changed:
            site.changed.wait_for(lambda: all(task.is_over for task in site.tasks.values()), END_SECONDS)
        site.courier.stop()
        site.credentials.stop()
        site.addresses.close()
        site.engine.leave()

    def kill(self, cluster: str, task: str, reason: str) -> bool:
        """End a task's containers without a warning."""
        running = self._running(cluster, task)
        for container in running:
            container.reason = reason
            self._site.engine.kill(container.runtime)
        return bool(running)

    def sicken(self, cluster: str, task: str, reason: str) -> bool:
        """Have a task fail its container health checks."""
        with self._site.changed:
            running = self._running(cluster, task)
            for container in running:
                container.health, container.reason = "UNHEALTHY", reason
            self._site.touch()
        return bool(running)

    def _running(self, cluster: str, task: str) -> list[Container]:
        """Return the containers of a task that run, in a cluster named as the API lets it be named."""
        short, home = task.rpartition("/")[2], cluster.rpartition("/")[2]
        with self._site.changed:
            return [
                container
                for each in self._site.tasks.values()
                if each.id == short and each.cluster.rpartition("/")[2] == home
                for container in each.containers
                if container.runtime and not container.ended
            ]

    def _see_targets(self) -> None:
        """Wake the scheduler whenever a health check has found something else."""
        site, plane = self._site, self._site.cloud.dataplane
        seen: Any = None

        def look() -> Any:
            with site.changed:
                used = {group for task in site.tasks.values() if not task.is_over for group, _ in groups(task)}
            return {group: plane.health(group) for group in used}

        while not site.closing:
            plane.wait(lambda s=seen: site.closing or look() != s, LOOK_AROUND)  # type: ignore[misc]  # bound at once
            seen = look()
            site.touch()

    def _hear_engine(self) -> None:
        """Hear what happens to containers; when the engine vanishes, say so until it is back."""
        site = self._site
        while not site.closing:
            try:
                site.engine.watch(self._connected, site.heard)
            except EngineGoneError as error:
                self._note_trouble(str(error))
            site.cloud.workers.stopping.wait(RECONNECT)

    def _connected(self) -> None:
        """Catch up with what happened while nobody listened."""
        site = self._site
        for container in site.watched():
            state = site.engine.state(container.runtime)
            if state is None or state["Status"] in ("exited", "dead"):
                site.heard(container.runtime, "die", {"exitCode": (state or {}).get("ExitCode", 137)})
        with site.changed:
            site.trouble = ""
            site.touch()

    def _note_trouble(self, problem: str) -> None:
        site = self._site
        with site.changed:
            if site.closing or site.trouble == problem:
                return
            LOG.error("%s", problem)
            site.trouble = problem
            for task in site.tasks.values():
                task.ask_to_stop("InfrastructureHealth", problem)
            site.touch()
