"""The life of one task, from its image to its end."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from docker.errors import APIError

from rehearsal.addresses import NoAddresses
from rehearsal.ecs import images, injected, roles, wishes
from rehearsal.ecs.errors import TaskError
from rehearsal.ecs.order import check, in_order, meets, owner_of, patience
from rehearsal.ecs.targets import Targets, groups
from rehearsal.engine.choose import EngineGoneError

if TYPE_CHECKING:
    import threading

    from rehearsal.ecs.logs import Stream
    from rehearsal.ecs.records import Container, Document, Service, Task
    from rehearsal.ecs.site import Site

LOG = logging.getLogger("rehearsal.ecs")
STOP_SECONDS = 30
FLUSH_SECONDS = 2.0
EXITED = "Essential container in task exited"


class Life:
    """Carries a task through its states, in a thread of its own."""

    def __init__(self, site: Site, task: Task, service: Service | None) -> None:
        """Prepare; a service is told what happens to its task."""
        self._site = site
        self._task = task
        self._service = service
        self._region = task.arn.split(":")[3]
        self._targets = Targets(site.cloud, self._region)
        self._registered = False
        self._readers: list[threading.Thread] = []

    def run(self) -> None:
        """Start the task, let it run until it ends or is to stop, and clean up."""
        try:
            self._begin()
            self._last()
        except TaskError as error:
            self._give_up(str(error))
        except NoAddresses as error:
            self._give_up(f"ResourceInitializationError: {error}")
        except EngineGoneError as error:
            self._lose_engine(error)
        except BaseException as error:
            self._give_up(f"InternalError: {type(error).__name__}: {error}")
            raise
        finally:
            self._end()

    def _begin(self) -> None:
        task, definition = self._task, self._task.revision.definition
        if definition.unsupported:
            raise TaskError(f"ResourceInitializationError: not supported here: {', '.join(definition.unsupported)}")
        roles.require(self._site.cloud, task)
        task.address = self._site.addresses.take()
        self._site.turn(task, "PENDING", "connectivityAt", "pullStartedAt")
        references = {each.name: self._fetch(each) for each in task.containers}
        task.mark("pullStoppedAt")
        streams = {each.name: self._site.courier.open(self._task, each, self._region) for each in task.containers}
        for container in in_order(task.containers):
            if not self._may_start(container):
                return
            self._start(container, references[container.name], streams[container.name])
        self._site.turn(task, "ACTIVATING")
        self._register()
        with self._site.changed:
            task.started_clock = task.started_clock or time.monotonic()
            if not task.stopping:
                self._site.turn(task, "RUNNING", "startedAt")

    def _fetch(self, container: Container) -> str:
        image, role = str(container.definition["image"]), roles.execution_role(self._task)
        reference, container.digest = images.fetch(self._site.cloud, self._site.engine, image, role, self._region)
        return reference

    def _may_start(self, container: Container) -> bool:
        """Wait for what the container depends on, and say whether it is still to be started."""
        needs = container.definition.get("dependsOn") or []
        known = {each.name: each for each in self._task.containers}

        def ready() -> bool:
            return self._over() or all(meets(known[need["containerName"]], need["condition"]) for need in needs)

        with self._site.changed:
            is_ready = self._site.changed.wait_for(ready, patience(known[need["containerName"]] for need in needs))
            for need in needs:
                check(known[need["containerName"]], need["condition"], in_time=is_ready)
            return not self._over()

    def _start(self, container: Container, image: str, stream: Stream | None) -> None:
        site, definition = self._site, self._task.revision.definition
        given = self._override(container)
        variables = {
            **wishes.environment(container.definition, given),
            **injected.secrets(site.cloud, container.definition, roles.execution_role(self._task), self._region),
            **injected.surroundings(site, self._task),
        }
        wish = wishes.wishes(
            wishes.overridden(container.definition, given),
            image,
            variables,
            volumes=[each["name"] for each in definition.volumes],
            **self._network(container),
        )
        self._launch(container, wish)
        if stream:
            self._readers.append(site.cloud.workers.spawn(f"logs {stream.name}", self._read, container, stream))

    def _launch(self, container: Container, wish: Document) -> None:
        site, failing = self._site, "CannotCreateContainerError"
        try:
            name = f"ecs-{self._task.id[:12]}-{container.name}"
            container.runtime = site.engine.create(name, wish)
            site.watch(container)
            failing = "CannotStartContainerError"
            site.engine.start(container.runtime)
        except APIError as error:
            container.reason = f"{failing}: Error response from daemon: {error.explanation or error}"
            raise TaskError(container.reason) from error
        with site.changed:
            # It may have ended already.
            container.status = "STOPPED" if container.ended else "RUNNING"

    def _network(self, container: Container) -> Document:
        """Return the container's part in the task's network, which belongs to one that lasts as long as the task."""
        owner = owner_of(self._task.containers)
        if container is owner:
            mapped = [each for one in self._task.containers for each in one.definition.get("portMappings") or []]
            ports = dict.fromkeys(int(each["containerPort"]) for each in mapped)
            return {"ports": [(self._task.address, port) for port in ports]}
        return {"network": owner.runtime} if owner.runtime else {}

    def _override(self, container: Container) -> Document:
        given = self._task.overrides.get("containerOverrides") or []
        return next((dict(each) for each in given if each.get("name") == container.name), {})

    def _read(self, container: Container, stream: Stream) -> None:
        try:
            self._site.courier.follow(stream, self._site.engine.output(container.runtime))
        except EngineGoneError as error:
            LOG.warning("the output of %s ends: %s", stream.name, str(error))

    def _register(self) -> None:
        if self._over():
            return
        self._targets.register(self._task)
        self._registered = True
        self._tell("registered 1 targets in (target-group {})")

    def _last(self) -> None:
        task = self._task
        with self._site.changed:
            self._site.changed.wait_for(self._over)
            if self._ended():
                failed = not task.was_fit and bool(task.service)
                task.ask_to_stop("EssentialContainerExited", EXITED, failed=failed)

    def _over(self) -> bool:
        return self._task.stopping or self._ended() or self._site.closing

    def _ended(self) -> bool:
        return any(each.essential and each.ended for each in self._task.containers)

    def _give_up(self, reason: str) -> None:
        with self._site.changed:
            self._task.ask_to_stop("TaskFailedToStart", reason, failed=True)

    def _lose_engine(self, error: EngineGoneError) -> None:
        with self._site.changed:
            self._task.ask_to_stop("InfrastructureHealth", str(error), failed=True)
        # Whoever listens to it finds out whether it is back.
        self._site.engine.close()

    def _end(self) -> None:
        site, task = self._site, self._task
        try:
            if self._registered and not site.closing:
                self._leave_targets()
            site.turn(task, "STOPPING")
            self._stop()
        except EngineGoneError as error:
            self._lose_engine(error)
        finally:
            self._clean()
            site.turn(task, "STOPPED", "executionStoppedAt", "stoppedAt")

    def _leave_targets(self) -> None:
        self._site.turn(self._task, "DEACTIVATING")
        self._targets.deregister(self._task)
        self._tell("deregistered 1 targets in (target-group {})")
        if not self._ended():
            if self._service:
                self._service.say("has begun draining connections on 1 tasks.")
            self._targets.drained(self._task, lambda: self._ended() or self._site.closing)

    def _stop(self) -> None:
        for container in reversed(in_order(self._task.containers)):
            if container.runtime and not self._site.closing:
                seconds = container.definition.get("stopTimeout", STOP_SECONDS)
                if not container.ended:
                    self._site.engine.stop(container.runtime, seconds)
                self._note_end(container)

    def _note_end(self, container: Container) -> None:
        state = self._site.engine.state(container.runtime) or {}
        with self._site.changed:
            container.status = "STOPPED"
            container.exit_code = int(state.get("ExitCode", container.exit_code or 0))
            if state.get("OOMKilled"):
                container.reason = "OutOfMemoryError: Container killed due to memory usage"

    def _clean(self) -> None:
        site = self._site
        if self._readers and not site.closing and not site.trouble:
            for reader in self._readers:
                reader.join(FLUSH_SECONDS)
            site.courier.flush(FLUSH_SECONDS)
        for container in self._task.containers:
            if container.runtime:
                site.forget(container)
                self._remove(container)
            container.status = "STOPPED"
        site.credentials.withdraw(self._task.id)
        if self._task.address:
            site.addresses.give_back(self._task.address)

    def _remove(self, container: Container) -> None:
        try:
            self._site.engine.remove(container.runtime)
        except (EngineGoneError, APIError) as error:
            # The warden removes it later.
            LOG.warning("container %s of task %s is left: %s", container.name, self._task.id, str(error))

    def _tell(self, sentence: str) -> None:
        if self._service:
            for group, _ in groups(self._task):
                self._service.say(sentence.format(group))
