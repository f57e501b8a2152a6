"""The environment of a build's shell."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from rehearsal.codebuild.caches import pip_variables
from rehearsal.codebuild.errors import BuildError
from rehearsal.codebuild.transcript import identity

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud
    from rehearsal.codebuild.build import Build
    from rehearsal.codebuild.buildspec import Buildspec
    from rehearsal.codebuild.workspace import Workspace

# What a machine needs to reach the network, besides where its programs are.
KEPT = (
    *("LANG", "LC_ALL", "TERM", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"),
    *("PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_DEFAULT_TIMEOUT"),
)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY")
Variables = dict[str, str]


def assembled(cloud: Cloud, build: Build, spec: Buildspec, workspace: Workspace, source: str) -> Variables:
    """Return all variables; those of the StartBuild call win over the project's, and these over the buildspec's."""
    return {
        **_machine(workspace),
        **_credentials(cloud, build),
        **spec.variables,
        **{name: _parameter(cloud, build, key) for name, key in spec.parameters.items()},
        **{name: _secret(cloud, build, key) for name, key in spec.secrets.items()},
        **{each["name"]: _value(cloud, build, each) for each in build.plan["environment"]["environmentVariables"]},
        **_codebuild(cloud, build, workspace, source),
    }


def _machine(workspace: Workspace) -> Variables:
    path = [str(workspace.programs), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
    names = [*KEPT, *PROXIES, *map(str.lower, PROXIES)]
    return {
        **{name: os.environ[name] for name in names if name in os.environ},
        **pip_variables(),
        "PATH": os.pathsep.join(path),
        "HOME": str(workspace.home),
        "TMPDIR": str(workspace.temporary),
        "PWD": str(workspace.source),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }


def _credentials(cloud: Cloud, build: Build) -> Variables:
    issued = cloud.credentials(**identity(build))
    privileged = build.plan["environment"].get("privilegedMode") and cloud.docker_host
    return {
        **{name.upper(): value for name, value in issued.items()},
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_REGION": build.region,
        "AWS_DEFAULT_REGION": build.region,
        **({"DOCKER_HOST": cloud.docker_host} if privileged else {}),
    }


def _codebuild(cloud: Cloud, build: Build, workspace: Workspace, source: str) -> Variables:
    plan = build.plan
    told = {
        "CI": "true",
        "CODEBUILD_CI": "true",
        "CODEBUILD_BUILD_ID": build.id,
        "CODEBUILD_BUILD_ARN": build.arn,
        "CODEBUILD_BUILD_NUMBER": str(build.number),
        "CODEBUILD_BUILD_IMAGE": plan["environment"]["image"],
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_INITIATOR": build.initiator,
        "CODEBUILD_KMS_KEY_ID": plan["encryptionKey"],
        "CODEBUILD_LOG_PATH": build.log_stream,
        "CODEBUILD_PROJECT_ARN": plan["arn"],
        "CODEBUILD_RESOLVED_SOURCE_VERSION": source,
        "CODEBUILD_SOURCE_VERSION": str(plan.get("sourceVersion", "")),
        "CODEBUILD_SOURCE_REPO_URL": str(plan["source"].get("location", "")),
        "CODEBUILD_SRC_DIR": str(workspace.source),
        "CODEBUILD_START_TIME": str(int(build.described()["startTime"] * 1000)),
        "AWS_ACCOUNT_ID": cloud.account,
    }
    return told | {f"CODEBUILD_SRC_DIR_{name}": str(folder) for name, folder in workspace.secondary.items()}


def _value(cloud: Cloud, build: Build, variable: dict[str, Any]) -> str:
    if variable["type"] == "PARAMETER_STORE":
        return _parameter(cloud, build, variable["value"])
    if variable["type"] == "SECRETS_MANAGER":
        return _secret(cloud, build, variable["value"])
    return str(variable["value"])


def _parameter(cloud: Cloud, build: Build, name: str) -> str:
    client = cloud.client("ssm", build.region, **identity(build))
    try:
        found = client.get_parameters(Names=[name], WithDecryption=True)
    except ClientError as error:
        raise BuildError("Parameter Store", f"Error while fetching parameter {name}: {error}") from None
    if not found["Parameters"]:
        raise BuildError("Parameter Store", f"Parameters [{name}] are invalid")
    return str(found["Parameters"][0]["Value"])


def _secret(cloud: Cloud, build: Build, reference: str) -> str:
    """Read `id:key:stage:version`, of which all but the id may be left out; the id may be an ARN."""
    whole = 7 if reference.startswith("arn:") else 1
    parts = reference.split(":")
    key, stage, version = [*parts[whole:], "", "", ""][:3]
    settings = {"VersionStage": stage} if stage else {}
    settings |= {"VersionId": version} if version else {}
    client = cloud.client("secretsmanager", build.region, **identity(build))
    try:
        found = client.get_secret_value(SecretId=":".join(parts[:whole]), **settings)["SecretString"]
    except ClientError as error:
        raise BuildError("Secrets Manager Error Message", f"{error}: {reference}") from None
    if not key:
        return str(found)
    try:
        return str(json.loads(found)[key])
    except (ValueError, KeyError, TypeError):
        raise BuildError("Secrets Manager Error Message", f"The secret {reference} has no key {key}") from None
