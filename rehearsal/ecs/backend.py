"""One region's services and tasks, behind the API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from moto.core.utils import utcnow
from moto.ecs.exceptions import ServiceNotFoundException

from rehearsal.ecs import definitions, described, requests, rollout, tasks
from rehearsal.ecs.errors import inactive, invalid
from rehearsal.ecs.records import Service
from rehearsal.ecs.region import Region

if TYPE_CHECKING:
    from moto.ecs.models import Cluster

    from rehearsal.ecs.records import Document

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
KEPT = (
    "availabilityZoneRebalancing",
    "schedulingStrategy",
    "placementConstraints",
    "placementStrategy",
    "healthCheckGracePeriodSeconds",
)
STOPPED_SHOWN = 200


class Backend(Region):
    """ECS in one region."""

    def create(self, request: Document, caller: str) -> Document:
        """Make a service."""
        requests.check_supported(request)
        name, cluster = str(request["serviceName"]), self._get_cluster(request.get("cluster") or "default")
        if not NAME.fullmatch(name):
            raise invalid("Invalid service name.")
        desired = int(request.get("desiredCount") or 0)
        requests.check_rollout(request, desired)
        revision = self._revision(request, None, cluster)
        with self.site.changed:
            self._check_vacant(cluster, name)
            service = Service(
                arn=f"arn:aws:ecs:{self.region_name}:{self.account_id}:service/{cluster.name}/{name}",
                name=name,
                cluster=cluster.arn,
                desired=desired,
                deployments=[],
                settings=_settings({}, request),
                tags=list(request.get("tags") or []),
                created_by=caller,
            )
            self.site.services[service.arn] = service
            self.services[f"{cluster.name}:{name}"] = service  # type: ignore[assignment]  # moto looks at its ARN and tags
            rollout.begin(self.site, service, revision)
            return self._described(service)

    def update(self, request: Document) -> Document:
        """Change a service; what makes other tasks begins a deployment."""
        requests.check_supported(request)
        with self.site.changed:
            service = self.service(request.get("cluster") or "default", str(request["service"]))
            if service.status != "ACTIVE":
                raise inactive()
            desired = service.desired if request.get("desiredCount") is None else int(request["desiredCount"])
            requests.check_rollout({**service.settings, **_said(request)}, desired)
            before = service.primary.revision
            revision = self._revision(request, before, self._get_cluster(service.cluster))
            service.settings = _settings(service.settings, request)
            if desired != service.desired:
                service.desired, service.was_steady = desired, False
            if revision != before or request.get("forceNewDeployment"):
                rollout.begin(self.site, service, revision)
            self.site.touch()
            return self._described(service)

    def delete(self, cluster: str, name: str, *, force: bool) -> Document:
        """Delete a service; it drains until its last task has stopped."""
        with self.site.changed:
            service = self.service(cluster, name)
            if service.status == "INACTIVE":
                raise ServiceNotFoundException
            if service.desired > 0 and not force:
                raise invalid("The service cannot be stopped while it is scaled above 0.")
            service.status, service.desired = "DRAINING", 0
            self.site.touch()
            return self._described(service)

    def described_services(self, cluster: str, names: list[str]) -> tuple[list[Document], list[Document]]:
        """Describe services, and name those that are not there."""
        home = self._get_cluster(cluster)
        if not names:
            raise invalid("Services cannot be empty.")
        if len(names) > 10:
            raise invalid("Services cannot have more than 10 elements.")
        found, missing = [], []
        with self.site.changed:
            for name in names:
                service = self._find(home, name)
                if service:
                    found.append(self._described(service))
                else:
                    whole = name if name.startswith("arn:") else self._service_arn(home, name)
                    missing.append({"arn": whole, "reason": "MISSING"})
        return found, missing

    def listed_services(self, cluster: str, launch_type: str | None) -> list[str]:
        """Return the ARNs of services that are not gone."""
        home = self._get_cluster(cluster)
        with self.site.changed:
            return [
                each.arn
                for each in self.site.services.values()
                if each.cluster == home.arn
                and each.status != "INACTIVE"
                and launch_type in (None, each.deployments[0].revision.launch_type)
            ]

    def run(self, request: Document) -> tuple[list[Document], list[Document]]:
        """Start tasks that belong to no service."""
        cluster = self._get_cluster(request.get("cluster") or "default")
        count = int(request.get("count") or 1)
        requests.check_count(count)
        requests.check_supported(request)
        revision = self._revision(request, None, cluster)
        if revision.launch_type == "EC2" and not revision.capacity:
            raise invalid("No Container Instances were found in your cluster.")
        token = str(request.get("clientToken") or "")
        with self.site.changed:
            if token and (before := [one for one in self.list_tasks() if one.client_token == token]):
                return [described.task(one) for one in before], []
            group = request.get("group") or f"family:{revision.definition.family}"
            made = [tasks.make(self.site, cluster.arn, revision, group) for _ in range(count)]
            for task in made:
                task.overrides = dict(request.get("overrides") or {})
                task.started_by, task.client_token = str(request.get("startedBy") or ""), token
                task.tags = list(request.get("tags") or [])
                tasks.begin(self.site, task)
            return [described.task(task) for task in made], []

    def stop(self, cluster: str, name: str, reason: str) -> Document:
        """Stop a task."""
        with self.site.changed:
            task = self._task(self._get_cluster(cluster), name)
            if task is None:
                raise invalid("The referenced task was not found.")
            task.ask_to_stop("UserInitiated", reason or "Task stopped by user")
            self.site.touch()
            return described.task(task)

    def described_tasks(self, cluster: str, names: list[str]) -> tuple[list[Document], list[Document]]:
        """Describe tasks, and name those that are not there."""
        home = self._get_cluster(cluster)
        if not names:
            raise invalid("Tasks cannot be empty.")
        found, missing = [], []
        with self.site.changed:
            for name in names:
                task = self._task(home, name)
                if task:
                    found.append(described.task(task))
                else:
                    whole = name if name.startswith("arn:") else f"{home.arn.replace(':cluster/', ':task/')}/{name}"
                    missing.append({"arn": whole, "reason": "MISSING"})
        return found, missing

    def listed_tasks(self, request: Document) -> list[str]:
        """Return the ARNs of tasks, of those that are to run unless asked otherwise."""
        home = self._get_cluster(request.get("cluster") or "default")
        service = self.service(home.arn, request["serviceName"]).arn if request.get("serviceName") else None
        status = request.get("desiredStatus") or "RUNNING"
        with self.site.changed:
            return [
                task.arn
                for task in self.site.tasks.values()
                if task.cluster == home.arn
                and task.desired_status == status
                and service in (None, task.service)
                and request.get("family") in (None, task.revision.definition.family)
                and request.get("startedBy") in (None, task.started_by)
                and request.get("launchType") in (None, task.revision.launch_type)
            ]

    def register(self, request: Document, **settings: Any) -> Any:
        """Register a revision of a task definition."""
        definitions.check(request)
        found = super().register_task_definition(**settings)
        found.registered_at = utcnow()  # type: ignore[attr-defined]  # moto leaves it out
        return found

    def _check_vacant(self, cluster: Cluster, name: str) -> None:
        existing = self._find(cluster, name)
        if existing and existing.status == "ACTIVE":
            raise invalid("Creation of service was not idempotent.")
        if existing and existing.status == "DRAINING":
            raise invalid("Unable to Start a service that is still Draining.")

    def _described(self, service: Service) -> Document:
        return described.service(service, self.site.of_service(service))


def _said(request: Document) -> Document:
    return {name: value for name, value in request.items() if value is not None}


def _settings(before: Document, request: Document) -> Document:
    """Return what a service is told beside its tasks."""
    told = {name: request[name] for name in KEPT if request.get(name) is not None}
    rollout_before = before.get("deploymentConfiguration") or {}
    merged = {**rollout_before, **(request.get("deploymentConfiguration") or {})}
    return {
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": "ECS"},
        **before,
        **told,
        "deploymentConfiguration": requests.completed(merged),
    }
