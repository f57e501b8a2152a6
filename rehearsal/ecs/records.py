"""What is known of services, their deployments, their tasks, and the containers of these."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rehearsal.ecs.plan import RolloutState

Document = dict[str, Any]
EVENTS_KEPT = 100


def now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


def new_id() -> str:
    """Return an id as tasks and events have it."""
    return secrets.token_hex(16)


@dataclass(frozen=True)
class Definition:
    """A revision of a task definition."""

    arn: str
    family: str
    containers: tuple[Document, ...]
    volumes: tuple[Document, ...] = ()
    network_mode: str = "awsvpc"
    cpu: str = ""
    memory: str = ""
    task_role: str = ""
    execution_role: str = ""
    tags: tuple[Document, ...] = ()
    # What the task definition asks for and no task can be given here.
    unsupported: tuple[str, ...] = ()


@dataclass(frozen=True)
class Revision:
    """How the tasks of a deployment are made: what changes with a deployment, and only with one."""

    definition: Definition
    launch_type: str = "FARGATE"
    capacity: tuple[Document, ...] = ()
    platform_version: str = "LATEST"
    network: Document = field(default_factory=dict)
    load_balancers: tuple[Document, ...] = ()
    propagate_tags: str = "NONE"
    managed_tags: bool = False
    execute_command: bool = False


@dataclass
class Deployment:
    """One rollout of a revision."""

    revision: Revision
    desired: int
    id: str = field(default_factory=lambda: f"ecs-svc/{secrets.randbelow(10**19):019}")
    state: RolloutState = "IN_PROGRESS"
    reason: str = ""
    failed: int = 0
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)

    def __post_init__(self) -> None:
        """Say what it does."""
        self.reason = self.reason or f"ECS deployment {self.id} in progress."

    def turn(self, state: RolloutState, reason: str) -> None:
        """Take another state."""
        self.state, self.reason, self.updated = state, reason, now()


@dataclass
class Container:
    """One container of a task."""

    definition: Document
    arn: str
    runtime: str = ""
    status: str = "PENDING"
    exit_code: int | None = None
    reason: str = ""
    health: str = "UNKNOWN"
    digest: str = ""

    @property
    def name(self) -> str:
        """The name that the task definition gives it."""
        return str(self.definition["name"])

    @property
    def essential(self) -> bool:
        """Whether the task ends with it."""
        return bool(self.definition.get("essential", True))

    @property
    def ended(self) -> bool:
        """Whether it has run and no longer does."""
        return self.status == "STOPPED"


@dataclass
class Task:
    """One task; `service` and `deployment` are empty if nobody but its caller wanted it."""

    arn: str
    cluster: str
    revision: Revision
    containers: list[Container]
    group: str
    service: str = ""
    deployment: str = ""
    started_by: str = ""
    # Whoever asks again with the same token wants no more tasks.
    client_token: str = ""
    overrides: Document = field(default_factory=dict)
    tags: list[Document] = field(default_factory=list)
    address: str = ""
    subnet: str = ""
    zone: str = ""
    status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    stop_code: str = ""
    stopped_reason: str = ""
    # Whether it has ever passed all its checks, whether it ended because something is wrong with it, and whether that
    # has been counted.
    was_fit: bool = False
    failed: bool = False
    judged: bool = False
    started_clock: float = 0.0
    moments: dict[str, datetime] = field(default_factory=lambda: {"createdAt": now()})
    version: int = 1
    interface: str = field(default_factory=lambda: f"eni-{secrets.token_hex(8)}0")

    @property
    def id(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition("/")[2]

    @property
    def task_arn(self) -> str:
        """The ARN by the name that moto's tags look for."""
        return self.arn

    @property
    def stopping(self) -> bool:
        """Whether it is to stop."""
        return self.desired_status == "STOPPED"

    @property
    def is_over(self) -> bool:
        """Whether it has stopped."""
        return self.status == "STOPPED"

    @property
    def age(self) -> float:
        """For how many seconds it has run."""
        return time.monotonic() - self.started_clock if self.started_clock else 0.0

    def mark(self, *moments: str) -> None:
        """Remember that this happens now, unless it happened before."""
        for moment in moments:
            self.moments.setdefault(moment, now())

    def ask_to_stop(self, code: str, reason: str, *, failed: bool = False) -> None:
        """Want it stopped; the first reason counts."""
        if not self.stopping:
            self.desired_status, self.stop_code, self.stopped_reason = "STOPPED", code, reason
            self.failed = failed
            self.mark("stoppingAt")


@dataclass
class Service:
    """One service."""

    arn: str
    name: str
    cluster: str
    desired: int
    deployments: list[Deployment]
    settings: Document
    tags: list[Document] = field(default_factory=list)
    status: str = "ACTIVE"
    created: datetime = field(default_factory=now)
    created_by: str = ""
    events: list[Document] = field(default_factory=list)
    # The latest deployment that came to its end well: where a rollback leads.
    completed: Deployment | None = None
    # Tasks that failed since one was last fit, and when the next may be started.
    failures: int = 0
    next_start: float = 0.0
    was_steady: bool = False
    said: str = ""

    @property
    def physical_resource_id(self) -> str:
        """The ARN by the name that moto's tags look for."""
        return self.arn

    @property
    def primary(self) -> Deployment:
        """The deployment that is wanted."""
        return self.deployments[0]

    @property
    def rollout(self) -> Document:
        """How deployments go about it."""
        return dict(self.settings.get("deploymentConfiguration") or {})

    @property
    def grace(self) -> float:
        """For how many seconds a task's failing health checks are overlooked."""
        return float(self.settings.get("healthCheckGracePeriodSeconds") or 0)

    def say(self, message: str) -> None:
        """Add an event to those that are described."""
        event = {"id": new_id(), "createdAt": now(), "message": f"(service {self.name}) {message}"}
        self.events = [event, *self.events[: EVENTS_KEPT - 1]]

    def say_once(self, message: str) -> None:
        """Add an event unless it was the last of its kind."""
        if self.said != message:
            self.said = message
            self.say(message)
