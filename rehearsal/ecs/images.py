"""Images of tasks: where they come from, and who may have them."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from rehearsal.ecs.engine import PullError
from rehearsal.ecs.errors import TaskError

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.ecs.engine import Engine

PRIVATE = re.compile(r"^[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/(.+)$")
# What getting an image takes, beside the token.
NEEDED = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
SESSION = "ecs-tasks"


class Source(NamedTuple):
    """An image by the name that the engine knows, and the repository of ECR that it is from, if it is."""

    reference: str
    repository: str = ""
    region: str = ""


def source_of(image: str, registry: str, region: str) -> Source:
    """Return where an image of a task definition is."""
    found = PRIVATE.match(image)
    if found:
        return Source(f"{registry}/{found[2]}", _name(found[2]), found[1])
    if image.startswith(f"{registry}/"):
        return Source(image, _name(image.partition("/")[2]), region)
    return Source(image)


def fetch(cloud: Cloud, engine: Engine, image: str, role: str, region: str) -> tuple[str, str]:
    """Get an image with the permissions of the execution role; return what the engine calls it, and its digest."""
    source = source_of(image, cloud.registry, region)
    if not source.repository:
        return source.reference, _fetch_public(engine, image)
    credentials = _authorized(cloud, source, role)
    try:
        engine.pull(source.reference, credentials)
    except PullError as error:
        raise _cannot_pull(image, str(error)) from error
    return source.reference, engine.digest(source.reference) or ""


def _fetch_public(engine: Engine, image: str) -> str:
    known = engine.digest(image)
    if known is not None:
        return known
    try:
        engine.pull(image, None)
    except PullError as error:
        raise _cannot_pull(image, str(error)) from error
    return engine.digest(image) or ""


def _authorized(cloud: Cloud, source: Source, role: str) -> dict[str, str]:
    """Return credentials for the registry, if the role may have the image."""
    try:
        ecr = cloud.client("ecr", source.region, role_arn=role or None, session=SESSION)
        (data,) = ecr.get_authorization_token()["authorizationData"]
    except ClientError as error:
        told = error.response["Error"]
        raise TaskError(
            "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
            "failed: unable to get registry auth from AWS ECR: service call has been retried 1 time(s): "
            f"{told['Code']}: {told['Message']}"
        ) from error
    if role and cloud.gate:
        arn = f"arn:aws:ecr:{source.region}:{cloud.account}:repository/{source.repository}"
        for action in NEEDED:
            denial = cloud.gate(role, action, arn, {})
            if denial:
                raise _cannot_pull(source.reference, f"AccessDeniedException: {denial}")
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    return {"username": user, "password": password}


def _cannot_pull(image: str, problem: str) -> TaskError:
    return TaskError(
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
        f"{problem}"
    )


def _name(path: str) -> str:
    return re.split(r"[:@]", path)[0]
