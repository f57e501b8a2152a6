"""The only place where moto's CodeBuild is replaced by ours."""

from typing import TYPE_CHECKING, Any

import moto.codebuild.urls
from moto.codebuild.models import CodeBuildBackend, codebuild_backends
from moto.codebuild.responses import CodeBuildResponse

from rehearsal.codebuild.backend import Backend
from rehearsal.codebuild.responses import Response

if TYPE_CHECKING:
    from rehearsal.cloud import Cloud

PATIENCE = 10.0


def install(cloud: "Cloud") -> None:
    """Let every region's builds run in this cloud."""
    Backend.cloud = cloud
    _swap(Backend, Response)


def halt() -> None:
    """End all builds."""
    for account in codebuild_backends.values():
        for backend in account.values():
            if isinstance(backend, Backend):
                backend.stop_all(PATIENCE)


def remove() -> None:
    """End all builds and leave moto as it was."""
    halt()
    _swap(CodeBuildBackend, CodeBuildResponse)


def _swap(backend: type[CodeBuildBackend], response: type[Any]) -> None:
    codebuild_backends.backend = backend
    codebuild_backends.clear()
    moto.codebuild.urls.url_paths = {"{0}/$": response.dispatch}
