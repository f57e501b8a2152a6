"""The driver: it does what the machine asks for, with threads, in the order in which it was asked."""

from __future__ import annotations

import queue
import secrets
import string
import threading
import uuid
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from rehearsal.codepipeline import needs, providers, records
from rehearsal.codepipeline.bell import Bell
from rehearsal.codepipeline.clock import Clock
from rehearsal.codepipeline.effects import Announce, Effect, Perform, Release
from rehearsal.codepipeline.events import described
from rehearsal.codepipeline.jobs import Jobs
from rehearsal.codepipeline.records import failed
from rehearsal.codepipeline.steps import World
from rehearsal.codepipeline.task import AbandonedError, ActionError, Task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rehearsal.cloud import Cloud
    from rehearsal.codepipeline.machine import Machine
    from rehearsal.codepipeline.records import Outcome
    from rehearsal.codepipeline.sources import Gate, Repositories
    from rehearsal.codepipeline.task import Provider

LETTERS = string.ascii_letters + string.digits
DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
Queued = tuple["Machine", str, Effect]


class Driver:
    """All pipelines' hands."""

    def __init__(self, cloud: Cloud, clock: Clock | None = None) -> None:
        """Take the cloud that the pipelines work in."""
        self.cloud = cloud
        self.clock = clock or Clock()
        self.bell = Bell()
        self.jobs = Jobs()
        self.providers: dict[str, Provider] = dict(providers.ALL)
        self.timeouts: dict[str, float] = dict(providers.TIMEOUTS)
        self.repositories: Repositories | None = None
        self.gate: Gate | None = None
        self.world = World(self.clock.now, lambda: str(uuid.uuid4()), _label)
        self._guard = threading.RLock()
        self._effects: queue.SimpleQueue[Queued | None] = queue.SimpleQueue()
        self._tasks: dict[str, Task] = {}

    @contextmanager
    def turn(self, machine: Machine, region: str) -> Iterator[Machine]:
        """Give somebody the machine for a moment, and do afterwards what it asks for."""
        with self._guard:
            try:
                yield machine
            finally:
                for effect in machine.effects():
                    self._effects.put((machine, region, effect))

    def start(self) -> None:
        """Begin to work."""
        self.clock.run(self.cloud.workers)
        self.cloud.workers.spawn("codepipeline", self._serve)

    def stop(self) -> None:
        """End, and let go of every action."""
        self.clock.stop()
        self._effects.put(None)
        with self._guard:
            for task in self._tasks.values():
                task.released.set()
        self.bell.ring()

    def finish(self, machine: Machine, region: str, run_id: str, outcome: Outcome) -> bool:
        """Hand an action's result to its machine."""
        with self.turn(machine, region):
            self._forget(run_id)
            return machine.finish(run_id, outcome)

    def _serve(self) -> None:
        while queued := self._effects.get():
            machine, region, effect = queued
            if isinstance(effect, Perform):
                self._perform(machine, region, effect)
            elif isinstance(effect, Release):
                self._forget(effect.run.id)
            else:
                self._announce(region, effect)

    def _perform(self, machine: Machine, region: str, effect: Perform) -> None:
        run = effect.run

        def progress(**news: str | int) -> None:
            with self._guard:
                if machine.actions[run.id].status == records.IN_PROGRESS:
                    machine.actions[run.id] = replace(machine.actions[run.id], **news)  # type: ignore[arg-type]  # news are fields of it

        def finish(outcome: Outcome) -> bool:
            return self.finish(machine, region, run.id, outcome)

        task = Task(self, region, effect.execution, run, progress, finish)
        with self._guard:
            if machine.actions[run.id].status != records.IN_PROGRESS:
                return
            self._tasks[run.id] = task
        self._limit(task)
        name = f"codepipeline-{run.stage}-{run.action.name}"
        self.cloud.workers.spawn(name, self.work, task, self.providers[run.action.provider])

    def _limit(self, task: Task) -> None:
        action = task.run.action
        minutes = action.timeout_minutes or self.timeouts[action.provider]

        def expire() -> None:
            text = f"The action '{action.name}' did not end within {minutes:g} minutes."
            task.finish(failed("TimeoutError", text))

        self.clock.after(minutes * 60, expire)

    def work(self, task: Task, provider: Provider) -> None:
        """Do an action, or a part of it; whatever goes wrong ends the action."""
        outcome = self._outcome(task, provider)
        if outcome is not None:
            task.finish(outcome)

    def _outcome(self, task: Task, provider: Provider) -> Outcome | None:
        try:
            needs.require(task)
            outcome = provider(task)
            if outcome and outcome.status == records.SUCCEEDED:
                for artifact in task.run.outputs:
                    task.require(artifact)
        except AbandonedError:
            return None
        except ActionError as error:
            return error.outcome
        except ClientError as error:
            told = error.response["Error"]
            code = "PermissionError" if told["Code"] in DENIED else "ConfigurationError"
            return failed(code, told.get("Message") or str(error))
        except BotoCoreError as error:
            return failed("ConfigurationError", str(error))
        except Exception as error:
            # Whatever happens to a provider, its action must not hang; the reason is also in the log.
            task.finish(failed("InternalError", f"{type(error).__name__}: {error}"))
            raise
        return outcome

    def _forget(self, run_id: str) -> None:
        with self._guard:
            task = self._tasks.pop(run_id, None)
            self.jobs.close(run_id)
        if task:
            task.released.set()
            self.bell.ring()

    def _announce(self, region: str, effect: Announce) -> None:
        bus = getattr(self.cloud, "bus", None)
        if bus is None:
            return
        detail_type, detail = described(effect, region)
        arn = f"arn:aws:codepipeline:{region}:{self.cloud.account}:{effect.execution.pipeline.name}"
        bus.emit("aws.codepipeline", detail_type, detail, [arn], region)


def _label() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(7))
