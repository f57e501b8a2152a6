"""What one process of a function is made from; a function that changes gets other processes."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rehearsal.functions.code import unpack
from rehearsal.iam.trust import Acting

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

HERE = Path(__file__).parent
# Of our own environment a function sees only this, so that it finds what it would find on AWS and nothing else.
KEPT = ("PATH", "LANG", "LC_ALL", "TMPDIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE")


ACTING = Acting("lambda.amazonaws.com")
NO_TRUST = "The role defined for the function cannot be assumed by Lambda."


class RoleError(Exception):
    """The function's role does not trust Lambda."""


@dataclass(frozen=True)
class Configuration:
    """A function as it stands at one moment."""

    name: str
    arn: str
    version: str
    region: str
    role: str
    runtime: str
    handler: str
    timeout: int
    memory: int
    variables: tuple[tuple[str, str], ...]
    code: bytes
    layers: tuple[bytes, ...]
    kill_at: str = ""
    # The log group that the function names, if it names one.
    logs: str = ""

    @property
    def log_group(self) -> str:
        """Return where the function's output goes."""
        return self.logs or f"/aws/lambda/{self.name}"

    @property
    def identity(self) -> dict[str, Any]:
        """Return how it takes on its role: under its own name, of the two letters that a session needs."""
        return {"role_arn": self.role, "session": self.name.ljust(2, "-"), "acting": ACTING}

    @property
    def is_python(self) -> bool:
        """Say whether it is Python that runs it."""
        return self.runtime.startswith("python")


def of(function: Any, layers: list[bytes], kill_at: str) -> Configuration:
    """Take down a function of moto's as it stands."""
    return Configuration(
        name=function.function_name,
        arn=function.function_arn,
        version=str(function.version),
        region=function.region,
        role=function.role,
        runtime=function.run_time,
        handler=function.handler,
        timeout=int(function.timeout),
        memory=int(function.memory_size),
        variables=tuple(sorted((name, str(value)) for name, value in function.environment_vars.items())),
        code=function.code_bytes,
        layers=tuple(layers),
        kill_at=kill_at,
        logs=getattr(function, "logging_config", {}).get("LogGroup", ""),
    )


def command(configuration: Configuration) -> list[str]:
    """Return the program that runs the handler."""
    if configuration.is_python:
        return [sys.executable, str(HERE / "bootstrap.py")]
    return [shutil.which("node") or "node", str(HERE / "bootstrap.mjs")]


def environment(cloud: Cloud, configuration: Configuration, stream: str, results: int) -> dict[str, str]:
    """Return the variables that its process sees, with fresh credentials of its role."""
    shelf = cloud.state / "functions"
    root = unpack(configuration.code, shelf)
    layers = [unpack(layer, shelf) for layer in configuration.layers]
    if not ACTING.may_assume(cloud, configuration.role):
        raise RoleError(NO_TRUST)
    issued = cloud.credentials(**configuration.identity)
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        **dict(configuration.variables),
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_REGION": configuration.region,
        "AWS_DEFAULT_REGION": configuration.region,
        "AWS_ACCESS_KEY_ID": issued["aws_access_key_id"],
        "AWS_SECRET_ACCESS_KEY": issued["aws_secret_access_key"],
        "AWS_SESSION_TOKEN": issued["aws_session_token"],
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{configuration.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": configuration.name,
        "AWS_LAMBDA_FUNCTION_VERSION": configuration.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": configuration.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "LAMBDA_TASK_ROOT": str(root),
        "LAMBDA_RUNTIME_DIR": str(HERE),
        "_HANDLER": configuration.handler,
        "TZ": ":UTC",
        "PYTHONUNBUFFERED": "1",
        "REHEARSAL_RESULTS": str(results),
        "REHEARSAL_PATHS": os.pathsep.join(map(str, [root, *_library_folders(layers)])),
        "REHEARSAL_KILL_AT": configuration.kill_at,
        "NODE_PATH": os.pathsep.join(str(layer / "nodejs" / "node_modules") for layer in layers),
    }


def _library_folders(layers: list[Path]) -> list[Path]:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return [
        folder
        for layer in layers
        for folder in (layer / "python", layer / "python" / "lib" / version / "site-packages")
        if folder.is_dir()
    ]
