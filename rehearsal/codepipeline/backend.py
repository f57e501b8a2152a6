"""One region's pipelines."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from moto.codepipeline import urls
from moto.codepipeline.models import CodePipelineBackend

from rehearsal.codepipeline.errors import RefusedError, no_pipeline

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime

    from rehearsal.codepipeline.driver import Driver
    from rehearsal.codepipeline.machine import Machine

MOST_TAGS = 50


@dataclass
class Kept:
    """A pipeline that was created."""

    machine: Machine
    versions: dict[int, dict[str, Any]]
    created: datetime
    updated: datetime
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def declared(self) -> dict[str, Any]:
        """Return the version that is in force."""
        return self.versions[self.machine.pipeline.version]


class Backend(CodePipelineBackend):
    """The pipelines of one region, by name."""

    driver: ClassVar[Driver]
    dispatch: ClassVar[Any]

    def __init__(self, region_name: str, account_id: str) -> None:
        """Start with none."""
        super().__init__(region_name, account_id)
        self.kept: dict[str, Kept] = {}

    @property
    def _url_module(self) -> Any:
        # moto looks for the addresses beside the backend's own module, which is not moto's.
        return SimpleNamespace(url_bases=urls.url_bases, url_paths={"{0}/$": type(self).dispatch})

    def find(self, name: str) -> Kept:
        """Return a pipeline that must be there."""
        if name not in self.kept:
            raise no_pipeline(self.account_id, name)
        return self.kept[name]

    def turn(self, name: str) -> AbstractContextManager[Machine]:
        """Give somebody the pipeline's machine for a moment."""
        return self.driver.turn(self.find(name).machine, self.region_name)

    def tagged(self, arn: str) -> Kept:
        """Return the pipeline of this ARN."""
        name = arn.rsplit(":", maxsplit=1)[-1]
        if not arn.startswith("arn:") or arn.count(":") != 5:
            raise RefusedError("InvalidArnException", f"'{arn}' is no ARN of a pipeline.")
        if name not in self.kept:
            text = f"The account with id '{self.account_id}' does not include a pipeline with the name '{name}'"
            raise RefusedError("ResourceNotFoundException", text)
        return self.kept[name]

    def arn(self, name: str) -> str:
        """Return a pipeline's ARN."""
        return f"arn:aws:codepipeline:{self.region_name}:{self.account_id}:{name}"


def add_tags(kept: Kept, arn: str, tags: list[dict[str, str]]) -> None:
    """Tag a pipeline."""
    for tag in tags:
        if tag["key"].startswith("aws:"):
            text = "Not allowed to modify system tags. System tags start with 'aws:'."
            raise RefusedError("InvalidTagsException", text)
    together = {**kept.tags, **{tag["key"]: tag["value"] for tag in tags}}
    if len(together) > MOST_TAGS:
        raise RefusedError("TooManyTagsException", f"Tag limit exceeded for resource [{arn}].")
    kept.tags = together
