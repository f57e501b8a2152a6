"""What becomes of deployments: they begin, come to their end well, fail, are rolled back, and go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.ecs import announcing
from rehearsal.ecs.records import Deployment, Revision

if TYPE_CHECKING:
    from rehearsal.ecs.records import Service
    from rehearsal.ecs.site import Site

BREAKER = "ECS deployment circuit breaker"
FAILED = f"{BREAKER}: tasks failed to start."


def begin(site: Site, service: Service, revision: Revision, reason: str = "") -> None:
    """Let a revision take the place of what runs."""
    deployment = Deployment(revision, service.desired)
    if reason:
        deployment.reason = reason
    service.deployments = [deployment, *service.deployments]
    service.was_steady = False
    service.failures, service.next_start, service.said = 0, 0.0, ""
    announcing.deployment_changed(site.cloud, service, deployment, "SERVICE_DEPLOYMENT_IN_PROGRESS")
    site.touch()


def completes(site: Site, service: Service) -> None:
    """Note that the primary deployment has come to its end well."""
    primary = service.primary
    primary.turn("COMPLETED", f"ECS deployment {primary.id} completed.")
    service.completed = primary
    service.say(f"(deployment {primary.id}) deployment completed.")
    announcing.deployment_changed(site.cloud, service, primary, "SERVICE_DEPLOYMENT_COMPLETED")
    site.touch()


def breaks(site: Site, service: Service) -> None:
    """Give the primary deployment up, and go back to the latest that was good if that is wanted."""
    failed = service.primary
    failed.turn("FAILED", FAILED)
    service.say(f"(deployment {failed.id}) deployment failed: tasks failed to start.")
    announcing.deployment_changed(site.cloud, service, failed, "SERVICE_DEPLOYMENT_FAILED")
    site.touch()
    breaker = service.rollout.get("deploymentCircuitBreaker") or {}
    good = service.completed
    if not breaker.get("rollback") or good is None or good is failed:
        return
    service.say(f"rolling back to deployment {good.id}.")
    reason = f"{BREAKER}: rolling back to deploymentId {good.id}."
    service.failures, service.next_start, service.said = 0, 0.0, ""
    if good in service.deployments:
        # Its tasks still serve, so nothing has to be started.
        service.deployments = [good, *(each for each in service.deployments if each is not good)]
        good.turn("IN_PROGRESS", reason)
        good.failed = 0
        announcing.deployment_changed(site.cloud, service, good, "SERVICE_DEPLOYMENT_IN_PROGRESS")
    else:
        begin(site, service, good.revision, reason)


def retire(site: Site, service: Service, deployments: tuple[str, ...]) -> None:
    """Forget deployments that have no tasks left; a service that is being deleted goes with its last."""
    if service.status == "DRAINING":
        if len(deployments) == len(service.deployments):
            service.status, service.deployments = "INACTIVE", []
            site.touch()
        return
    service.deployments = [each for each in service.deployments if each.id not in deployments]
    site.touch()
