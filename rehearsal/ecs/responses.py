"""ECS's wire protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.responses import ActionResult, BaseResponse
from moto.ecs.models import ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse

from rehearsal.ecs.errors import invalid, unsupported
from rehearsal.eventbus.unimplemented import refusing

if TYPE_CHECKING:
    from rehearsal.ecs.backend import Backend
    from rehearsal.ecs.records import Document

PAGE = 100
FEW = 10


class Response(EC2ContainerServiceResponse):
    """One request."""

    call_action = refusing(BaseResponse.call_action)

    @property
    def _backend(self) -> Backend:
        found: Any = ecs_backends[self.current_account][self.region]
        return found  # type: ignore[no-any-return]  # moto is untyped here

    @property
    def _request(self) -> Document:
        return dict(self._get_params())

    @property
    def _cluster(self) -> str:
        return str(self._get_param("cluster") or "default")

    def create_service(self) -> ActionResult:
        """Make a service."""
        return ActionResult({"service": self._backend.create(self._request, self._caller())})

    def update_service(self) -> ActionResult:
        """Change a service."""
        return ActionResult({"service": self._backend.update(self._request)})

    def delete_service(self) -> ActionResult:
        """Delete a service."""
        force = bool(self._get_param("force", if_none=False))
        return ActionResult({"service": self._backend.delete(self._cluster, self._get_param("service"), force=force)})

    def describe_services(self) -> ActionResult:
        """Describe services."""
        found, missing = self._backend.described_services(self._cluster, self._get_param("services", []))
        return ActionResult({"services": self._tagged(found), "failures": missing})

    def list_services(self) -> ActionResult:
        """Name services."""
        found = self._backend.listed_services(self._cluster, self._get_param("launchType"))
        return ActionResult(self._page("serviceArns", found, FEW))

    def run_task(self) -> ActionResult:
        """Start tasks."""
        started, failures = self._backend.run(self._request)
        return ActionResult({"tasks": started, "failures": failures})

    def start_task(self) -> ActionResult:
        """Refuse: there are no container instances."""
        raise unsupported("StartTask, which needs container instances")

    def register_container_instance(self) -> ActionResult:
        """Refuse: tasks run as on Fargate."""
        raise unsupported("RegisterContainerInstance: there are no container instances")

    def describe_capacity_providers(self) -> ActionResult:
        """Describe capacity providers, all of them if none is named."""
        names = self._get_param("capacityProviders") or list(self.ecs_backend.capacity_providers)
        found, missing = self.ecs_backend.describe_capacity_providers(names)
        return ActionResult({"capacityProviders": found, "failures": missing})

    def stop_task(self) -> ActionResult:
        """Stop a task."""
        reason = str(self._get_param("reason") or "")
        return ActionResult({"task": self._backend.stop(self._cluster, self._get_param("task"), reason)})

    def describe_tasks(self) -> ActionResult:
        """Describe tasks."""
        found, missing = self._backend.described_tasks(self._cluster, self._get_param("tasks", []))
        return ActionResult({"tasks": self._tagged(found), "failures": missing})

    def list_tasks(self) -> ActionResult:
        """Name tasks."""
        return ActionResult(self._page("taskArns", self._backend.listed_tasks(self._request), PAGE))

    def register_task_definition(self) -> ActionResult:
        """Register a revision of a task definition."""
        request = self._request
        settings = {_NAMES[name]: request.get(name) for name in _NAMES}
        made = self._backend.register(request, **settings)
        return ActionResult({"taskDefinition": made, "tags": made.tags})

    def create_task_set(self) -> ActionResult:
        """Refuse: only services of the controller ECS are reconciled."""
        raise unsupported("task sets")

    def _tagged(self, found: list[Document]) -> list[Document]:
        if "TAGS" in (self._get_param("include") or []):
            return found
        return [{name: value for name, value in each.items() if name != "tags"} for each in found]

    def _page(self, name: str, items: list[str], size: int) -> Document:
        token = str(self._get_param("nextToken") or "0")
        if not token.isdigit():
            raise invalid("Invalid token.")
        start, wanted = int(token), int(self._get_param("maxResults") or size)
        more = {"nextToken": str(start + wanted)} if len(items) > start + wanted else {}
        return {name: items[start : start + wanted], **more}

    def _caller(self) -> str:
        return f"arn:aws:iam::{self.current_account}:root"


_NAMES = {
    "family": "family",
    "containerDefinitions": "container_definitions",
    "volumes": "volumes",
    "tags": "tags",
    "networkMode": "network_mode",
    "placementConstraints": "placement_constraints",
    "requiresCompatibilities": "requires_compatibilities",
    "cpu": "cpu",
    "memory": "memory",
    "taskRoleArn": "task_role_arn",
    "executionRoleArn": "execution_role_arn",
    "proxyConfiguration": "proxy_configuration",
    "inferenceAccelerators": "inference_accelerators",
    "runtimePlatform": "runtime_platform",
    "ipcMode": "ipc_mode",
    "pidMode": "pid_mode",
    "ephemeralStorage": "ephemeral_storage",
}
