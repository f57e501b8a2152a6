"""A pipeline as it was declared, read once into values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Declaration = dict[str, Any]


@dataclass(frozen=True)
class Action:
    """One step of a stage."""

    name: str
    category: str
    provider: str
    owner: str = "AWS"
    type_version: str = "1"
    order: int = 1
    configuration: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    role: str = ""
    region: str = ""
    namespace: str = ""
    timeout_minutes: int | None = None

    @property
    def kind(self) -> dict[str, str]:
        """Return what AWS calls the action's type id."""
        return {
            "category": self.category,
            "owner": self.owner,
            "provider": self.provider,
            "version": self.type_version,
        }


@dataclass(frozen=True)
class Stage:
    """Actions that are run by one execution at a time."""

    name: str
    actions: tuple[Action, ...]
    on_failure: str = "FAIL"
    retry_mode: str = "FAILED_ACTIONS"

    def action(self, name: str) -> Action | None:
        """Return the action of this name, if there is one."""
        return next((action for action in self.actions if action.name == name), None)


@dataclass(frozen=True)
class Pipeline:
    """One version of a pipeline."""

    name: str
    role: str
    version: int
    stages: tuple[Stage, ...]
    mode: str = "SUPERSEDED"
    bucket: str = ""
    key: str = ""
    variables: Mapping[str, str | None] = field(default_factory=dict)
    triggers: tuple[Declaration, ...] = ()

    def stage(self, name: str) -> Stage | None:
        """Return the stage of this name, if there is one."""
        return next((stage for stage in self.stages if stage.name == name), None)

    def place(self, name: str) -> int:
        """Return how many stages come before this one."""
        return [stage.name for stage in self.stages].index(name)


def read(declared: Declaration, region: str) -> Pipeline:
    """Return the pipeline that was declared."""
    store = declared.get("artifactStore") or declared.get("artifactStores", {}).get(region, {})
    return Pipeline(
        name=declared["name"],
        role=declared["roleArn"],
        version=declared.get("version", 1),
        stages=tuple(_stage(stage) for stage in declared["stages"]),
        mode=declared.get("executionMode", "SUPERSEDED"),
        bucket=store.get("location", ""),
        key=store.get("encryptionKey", {}).get("id", ""),
        variables={one["name"]: one.get("defaultValue") for one in declared.get("variables", [])},
        triggers=tuple(declared.get("triggers", [])),
    )


def _stage(declared: Declaration) -> Stage:
    failure = declared.get("onFailure", {})
    return Stage(
        declared["name"],
        tuple(_action(action) for action in declared["actions"]),
        failure.get("result", "FAIL"),
        failure.get("retryConfiguration", {}).get("retryMode", "FAILED_ACTIONS"),
    )


def _action(declared: Declaration) -> Action:
    kind = declared["actionTypeId"]
    return Action(
        name=declared["name"],
        category=kind["category"],
        provider=kind["provider"],
        owner=kind["owner"],
        type_version=kind["version"],
        order=declared.get("runOrder", 1),
        configuration=dict(declared.get("configuration", {})),
        inputs=tuple(one["name"] for one in declared.get("inputArtifacts", [])),
        outputs=tuple(one["name"] for one in declared.get("outputArtifacts", [])),
        role=declared.get("roleArn", ""),
        region=declared.get("region", ""),
        namespace=declared.get("namespace", ""),
        timeout_minutes=declared.get("timeoutInMinutes"),
    )
