"""Variables that a container is given beside its own: secrets, and where it is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rehearsal.ecs.errors import TaskError
from rehearsal.ecs.images import SESSION
from rehearsal.ecs.roles import acting, task_role

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.ecs.records import Document, Task
    from rehearsal.ecs.site import Site


def secrets(cloud: Cloud, definition: Document, role: str, region: str) -> dict[str, str]:
    """Fetch the secrets of a container with the permissions of the execution role."""
    return {
        str(each["name"]): _secret(cloud, str(each["valueFrom"]), role, region)
        for each in definition.get("secrets") or []
    }


def surroundings(site: Site, task: Task) -> dict[str, str]:
    """Return the variables by which a task finds its region, its credentials and the services."""
    region = task.arn.split(":")[3]
    told = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE"}
    role = task_role(task)
    if not role:
        return told
    told["AWS_ENDPOINT_URL"] = site.cloud.endpoint
    return {**told, **site.credentials.offer(task.id, role, acting(task))}


def _secret(cloud: Cloud, where: str, role: str, region: str) -> str:
    try:
        if ":secretsmanager:" in where:
            return _from_secrets_manager(cloud, where, role)
        return _from_parameter_store(cloud, where, role, region)
    except ClientError as error:
        told = error.response["Error"]
        raise _unable(f"service call has been retried 1 time(s): {told['Code']}: {told['Message']}") from error


def _from_secrets_manager(cloud: Cloud, where: str, role: str) -> str:
    # arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME[:json-key[:version-stage[:version-id]]]
    parts = [*where.split(":"), "", "", ""]
    client = cloud.client("secretsmanager", parts[3], role_arn=role or None, session=SESSION)
    wanted: dict[str, Any] = {"VersionStage": parts[8], "VersionId": parts[9]}
    found = client.get_secret_value(
        SecretId=":".join(parts[:7]), **{name: value for name, value in wanted.items() if value}
    )
    text = found["SecretString"] if "SecretString" in found else found["SecretBinary"].decode()
    if not parts[7]:
        return str(text)
    document = _read(where, text)
    if parts[7] not in document:
        raise _unable(f"retrieved secret from Secrets Manager did not contain json key {parts[7]}")
    value = document[parts[7]]
    return value if isinstance(value, str) else json.dumps(value)


def _from_parameter_store(cloud: Cloud, where: str, role: str, region: str) -> str:
    # A name, or arn:aws:ssm:REGION:ACCOUNT:parameter/NAME, where a name with slashes has lost its first one.
    place, name = region, where
    if where.startswith("arn:"):
        parts = where.split(":", 5)
        place, name = parts[3], parts[5].removeprefix("parameter")
        name = name if name.count("/") > 1 else name.removeprefix("/")
    client = cloud.client("ssm", place, role_arn=role or None, session=SESSION)
    found = client.get_parameters(Names=[name], WithDecryption=True)
    if found["InvalidParameters"]:
        raise _unable(f"invalid ssm parameters: {', '.join(found['InvalidParameters'])}")
    return str(found["Parameters"][0]["Value"])


def _read(where: str, text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise _unable(f"the value of {where} is no JSON: {error}") from error
    return document if isinstance(document, dict) else {}


def _unable(problem: str) -> TaskError:
    return TaskError(
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        f"unable to retrieve secret from asm or ssm: {problem}"
    )
