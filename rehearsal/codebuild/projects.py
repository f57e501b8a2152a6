"""Projects: what may be in one, and what CodeBuild adds to it."""

from __future__ import annotations

import re
import time
from typing import Any

from rehearsal.codebuild.errors import invalid, unsupported

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{1,254}")
SOURCES = ("CODEPIPELINE", "S3", "CODECOMMIT", "GITHUB", "NO_SOURCE")
ARTIFACTS = ("CODEPIPELINE", "S3", "NO_ARTIFACTS")
ENVIRONMENTS = (
    "LINUX_CONTAINER",
    "ARM_CONTAINER",
    "LINUX_GPU_CONTAINER",
    "LINUX_LAMBDA_CONTAINER",
    "ARM_LAMBDA_CONTAINER",
)
VARIABLES = ("PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER")
ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")
REQUIRED = ("name", "source", "artifacts", "environment", "serviceRole")
KNOWN = frozenset(
    (
        *REQUIRED,
        "description",
        "secondarySources",
        "sourceVersion",
        "secondarySourceVersions",
        "secondaryArtifacts",
        "cache",
        "timeoutInMinutes",
        "queuedTimeoutInMinutes",
        "encryptionKey",
        "tags",
        "vpcConfig",
        "badgeEnabled",
        "logsConfig",
        "concurrentBuildLimit",
    )
)
Project = dict[str, Any]


def checked(settings: Project) -> Project:
    """Return the settings of a project, or raise what is wrong with them."""
    for name in settings.keys() - KNOWN:
        raise unsupported(f"the setting {name} of a project")
    for name in REQUIRED:
        if not settings.get(name):
            raise invalid(f"Project {name} is required")
    if not NAME.fullmatch(settings["name"]):
        raise invalid("Only alphanumeric characters, dash, and underscore are supported")
    if not ROLE.fullmatch(settings["serviceRole"]):
        raise invalid("Invalid service role: Service role account ID does not match caller's account")
    if settings.get("badgeEnabled"):
        raise unsupported("build badges")
    check_parts(settings)
    return settings


def check_parts(settings: Project) -> None:
    """Refuse sources, artifacts, environments and logs that a build could not use."""
    for source in [settings["source"], *settings.get("secondarySources", [])]:
        check_source(source)
    for artifacts in [settings["artifacts"], *settings.get("secondaryArtifacts", [])]:
        check_artifacts(artifacts)
    check_environment(settings["environment"])
    check_logs(settings.get("logsConfig", {}))


def check_source(source: dict[str, Any]) -> None:
    """Refuse a source that a build could not read."""
    kind = source.get("type")
    if kind not in SOURCES:
        raise unsupported(f"the source type {kind}; it supports {', '.join(SOURCES)}")
    if kind in ("S3", "CODECOMMIT", "GITHUB") and not source.get("location"):
        raise invalid("Project source location is required")
    if kind == "NO_SOURCE" and not source.get("buildspec"):
        raise invalid("Source type NO_SOURCE needs a buildspec of its own")


def check_artifacts(artifacts: dict[str, Any]) -> None:
    """Refuse artifacts that a build could not store."""
    kind = artifacts.get("type")
    if kind not in ARTIFACTS:
        raise invalid("Invalid type provided: Artifact type")
    if kind == "NO_ARTIFACTS" and artifacts.get("location"):
        raise invalid("Invalid artifacts: artifact type NO_ARTIFACTS should have null location")
    if kind == "S3" and not artifacts.get("location"):
        raise invalid("Invalid artifacts: location is required")


def check_environment(environment: dict[str, Any]) -> None:
    """Refuse an environment that is no Linux, or variables of an unknown kind."""
    if environment.get("type") not in ENVIRONMENTS:
        raise unsupported(f"the environment type {environment.get('type')}")
    for name in ("image", "computeType"):
        if not environment.get(name):
            raise invalid(f"Project environment {name} is required")
    for variable in environment.get("environmentVariables", []):
        if variable.get("type", "PLAINTEXT") not in VARIABLES:
            raise invalid(f"Invalid environment variable type: {variable['type']}")


def check_logs(logs: dict[str, Any]) -> None:
    """Refuse logs anywhere else than in CloudWatch Logs."""
    if logs.get("s3Logs", {}).get("status") == "ENABLED":
        raise unsupported("logs in S3")


def completed(settings: Project, arn: str, region: str, account: str) -> Project:
    """Add what CodeBuild says of a project besides what it was told."""
    now = time.time()
    environment = {
        "environmentVariables": [],
        "privilegedMode": False,
        "imagePullCredentialsType": "CODEBUILD",
        **settings["environment"],
    }
    for variable in environment["environmentVariables"]:
        variable.setdefault("type", "PLAINTEXT")
    return {
        "cache": {"type": "NO_CACHE"},
        "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480,
        "encryptionKey": f"arn:aws:kms:{region}:{account}:alias/aws/s3",
        "tags": [],
        "secondarySources": [],
        "secondaryArtifacts": [],
        "secondarySourceVersions": [],
        **{name: value for name, value in settings.items() if name != "badgeEnabled"},
        "environment": environment,
        "arn": arn,
        "badge": {"badgeEnabled": False},
        "projectVisibility": "PRIVATE",
        "created": now,
        "lastModified": now,
    }
