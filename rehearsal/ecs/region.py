"""One region's clusters and task definitions, which stay moto's, and the way to its services and tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import moto.ecs.urls
from moto.ecs.exceptions import ClusterNotFoundException, ServiceNotFoundException
from moto.ecs.models import EC2ContainerServiceBackend

from rehearsal.ecs import definitions, described, requests
from rehearsal.ecs.errors import invalid, occupied
from rehearsal.ecs.targets import Targets

if TYPE_CHECKING:
    from moto.ecs.models import Cluster

    from rehearsal.ecs.records import Definition, Document, Revision, Service, Task
    from rehearsal.ecs.site import Site


class Region(EC2ContainerServiceBackend):
    """What the calls about services and tasks stand on."""

    site: ClassVar[Site]

    def __init__(self, region_name: str, account_id: str) -> None:
        """Start empty."""
        super().__init__(region_name, account_id)
        self.targets = Targets(self.site.cloud, region_name)

    @property
    def _url_module(self) -> Any:
        return moto.ecs.urls

    def reset(self) -> None:
        """Forget everything, and end what runs."""
        with self.site.changed:
            for arn in [arn for arn in self.site.services if self._is_here(arn)]:
                del self.site.services[arn]
            for task in [task for task in self.site.tasks.values() if self._is_here(task.arn)]:
                task.ask_to_stop("UserInitiated", "Everything was reset")
            self.site.touch()
        super().reset()

    def list_tasks(self, *unused: Any, **filters: Any) -> list[Any]:
        """Return all tasks, for moto's tags."""
        del unused, filters
        with self.site.changed:
            return [task for task in self.site.tasks.values() if self._is_here(task.arn)]

    def describe_clusters(self, cluster_names: list[str]) -> tuple[list[Cluster], list[Any]]:
        """Describe clusters with what runs in them."""
        found, missing = super().describe_clusters(cluster_names)
        with self.site.changed:
            for cluster in found:
                states = [task.status for task in self.site.tasks.values() if task.cluster == cluster.arn]
                cluster.running_tasks_count = sum(state in described.RUNNING for state in states)
                cluster.pending_tasks_count = sum(state in described.PENDING for state in states)
                cluster.active_services_count = len(self._active(cluster))
        return found, missing

    def delete_cluster(self, cluster_str: str) -> Cluster:
        """Delete a cluster in which nothing runs any more."""
        cluster = self._get_cluster(cluster_str)
        with self.site.changed:
            if self._active(cluster):
                raise occupied("Services")
            if any(task.cluster == cluster.arn and not task.is_over for task in self.site.tasks.values()):
                raise occupied("Tasks")
        return super().delete_cluster(cluster_str)

    def list_clusters(self) -> list[str]:
        """Return those that have not been deleted."""
        return [cluster.arn for cluster in self.clusters.values() if cluster.status == "ACTIVE"]

    def service(self, cluster: str, name: str) -> Service:
        """Return a service by its name or ARN."""
        found = self._find(self._get_cluster(cluster), name)
        if found is None:
            raise ServiceNotFoundException
        return found

    def _get_cluster(self, name: str) -> Cluster:
        cluster = super()._get_cluster(name)
        if cluster.status != "ACTIVE":
            raise ClusterNotFoundException
        return cluster

    def _find(self, cluster: Cluster, name: str) -> Service | None:
        return self.site.services.get(self._service_arn(cluster, name.rpartition("/")[2]))

    def _service_arn(self, cluster: Cluster, name: str) -> str:
        return f"{cluster.arn.replace(':cluster/', ':service/')}/{name}"

    def _task(self, cluster: Cluster, name: str) -> Task | None:
        return self.site.tasks.get(f"{cluster.arn.replace(':cluster/', ':task/')}/{name.rpartition('/')[2]}")

    def _revision(self, request: Document, before: Revision | None, cluster: Cluster) -> Revision:
        definition = self._definition(request.get("taskDefinition"), before)
        if before is None and not (request.get("launchType") or request.get("capacityProviderStrategy")):
            request = {**request, "capacityProviderStrategy": cluster.default_capacity_provider_strategy}
        revision = requests.revision_of(request, definition, before)
        if revision != before:
            requests.check_revision(revision, self.site.cloud, self.region_name)
            requests.check_balancers(revision, self.targets)
        return revision

    def _definition(self, name: str | None, before: Revision | None) -> Definition:
        if name is None and before is not None:
            return before.definition
        if name is None:
            raise invalid("TaskDefinition can not be blank.")
        found = self.describe_task_definition(name)
        if found.status != "ACTIVE":
            raise invalid("TaskDefinition is inactive")
        return definitions.understood(found)

    def _active(self, cluster: Cluster) -> list[Service]:
        return [
            each for each in self.site.services.values() if each.cluster == cluster.arn and each.status != "INACTIVE"
        ]

    def _is_here(self, arn: str) -> bool:
        return arn.split(":")[3] == self.region_name
