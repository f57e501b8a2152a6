"""Roles that are handed to a service, which takes the permission to pass them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rehearsal.iam.matching import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where the role stands in the parameters, and who is to assume it. Only `*` lists are walked through.
PASSED: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("ecs", "RegisterTaskDefinition"): (
        ("taskRoleArn", "ecs-tasks.amazonaws.com"),
        ("executionRoleArn", "ecs-tasks.amazonaws.com"),
    ),
    ("ecs", "RunTask"): (
        ("overrides.taskRoleArn", "ecs-tasks.amazonaws.com"),
        ("overrides.executionRoleArn", "ecs-tasks.amazonaws.com"),
    ),
    ("ecs", "CreateService"): (("role", "ecs.amazonaws.com"),),
    ("lambda", "CreateFunction"): (("Role", "lambda.amazonaws.com"),),
    ("lambda", "UpdateFunctionConfiguration"): (("Role", "lambda.amazonaws.com"),),
    ("codebuild", "CreateProject"): (("serviceRole", "codebuild.amazonaws.com"),),
    ("codebuild", "UpdateProject"): (("serviceRole", "codebuild.amazonaws.com"),),
    ("codebuild", "StartBuild"): (("serviceRoleOverride", "codebuild.amazonaws.com"),),
    ("codepipeline", "CreatePipeline"): (
        ("pipeline.roleArn", "codepipeline.amazonaws.com"),
        ("pipeline.stages.actions.roleArn", "codepipeline.amazonaws.com"),
    ),
    ("codepipeline", "UpdatePipeline"): (
        ("pipeline.roleArn", "codepipeline.amazonaws.com"),
        ("pipeline.stages.actions.roleArn", "codepipeline.amazonaws.com"),
    ),
    ("cloudformation", "CreateStack"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("cloudformation", "UpdateStack"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("cloudformation", "DeleteStack"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("cloudformation", "CreateChangeSet"): (("RoleARN", "cloudformation.amazonaws.com"),),
    ("events", "PutRule"): (("RoleArn", "events.amazonaws.com"),),
    ("events", "PutTargets"): (("Targets.RoleArn", "events.amazonaws.com"),),
    ("states", "CreateStateMachine"): (("roleArn", "states.amazonaws.com"),),
    ("states", "UpdateStateMachine"): (("roleArn", "states.amazonaws.com"),),
}


def passed(service: str, operation: str, parameters: dict[str, Any], account: str) -> Iterator[tuple[str, str]]:
    """Yield the ARN of each role that a call passes, with the service that gets it."""
    for path, to_service in PASSED.get((service, operation), ()):
        for role in dict.fromkeys(_found(parameters, path.split("."))):
            yield role if role.startswith("arn:") else f"arn:aws:iam::{account}:role/{role}", to_service


def _found(value: Any, path: list[str]) -> Iterator[str]:
    if not path:
        yield from (str(each) for each in listed(value) if each)
        return
    for each in listed(value):
        if isinstance(each, dict):
            yield from _found(each.get(path[0]), path[1:])
