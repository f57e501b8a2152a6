"""The only place where moto's pipelines are replaced by ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.codepipeline.models import CodePipelineBackend, codepipeline_backends

from rehearsal.codepipeline.backend import Backend
from rehearsal.codepipeline.responses import Response

if TYPE_CHECKING:
    from rehearsal.codepipeline.driver import Driver


def install(driver: Driver) -> None:
    """Let every region's pipelines be real ones."""
    Backend.driver, Backend.dispatch = driver, staticmethod(Response.dispatch)
    _swap(Backend)


def backends(account: str) -> list[Backend]:
    """Return the regions that have been used so far."""
    return [backend for backend in codepipeline_backends[account].values() if isinstance(backend, Backend)]


def remove() -> None:
    """Leave moto as it was."""
    _swap(CodePipelineBackend)


def _swap(backend: type[CodePipelineBackend]) -> None:
    codepipeline_backends.backend = backend
    codepipeline_backends.clear()
