"""The roles of a task, which have to trust ECS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rehearsal.ecs.errors import TaskError
from rehearsal.iam.trust import Acting

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.ecs.records import Task

PRINCIPAL = "ecs-tasks.amazonaws.com"


def task_role(task: Task) -> str:
    """Return the role that a task acts with, if it has one."""
    return str(task.overrides.get("taskRoleArn") or task.revision.definition.task_role)


def execution_role(task: Task) -> str:
    """Return the role with which a task is got going, if it has one."""
    return str(task.overrides.get("executionRoleArn") or task.revision.definition.execution_role)


def acting(task: Task) -> Acting:
    """Return as whom the roles of a task are taken on."""
    return Acting(PRINCIPAL, task.arn)


def require(cloud: Cloud, task: Task) -> None:
    """Refuse roles that ECS may not assume for the task."""
    for role in filter(None, (execution_role(task), task_role(task))):
        if not acting(task).may_assume(cloud, role):
            raise TaskError(
                f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the "
                "role being passed has the proper trust relationship and permissions and that your IAM user has "
                "permissions to pass this role."
            )
