"""One stage of a build, as far as it has come."""

from __future__ import annotations

import copy
import json
import platform
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rehearsal.engine import clock
from rehearsal.engine.cache import key_of
from rehearsal.engine.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rehearsal.engine.images import Image
    from rehearsal.engine.layers import Layers

DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
ARCHITECTURE = ARCHITECTURES.get(platform.machine().lower(), platform.machine().lower())


@dataclass
class Stage:
    """What the instructions so far have made: a configuration and layers; `key` tells how it came about."""

    name: str
    key: str
    config: dict[str, Any]
    layers: Layers
    diff_ids: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    created: str = clock.NEVER
    author: str = ""
    arguments: dict[str, str] = field(default_factory=dict)
    command_is_own: bool = False
    _tree: Tree | None = None

    @classmethod
    def from_scratch(cls, name: str, layers: Layers) -> Stage:
        """Begin with nothing."""
        return cls(name, key_of("scratch"), {"Env": [DEFAULT_PATH]}, layers)

    @classmethod
    def from_image(cls, name: str, image: Image, layers: Layers) -> Stage:
        """Begin with an image."""
        history = list(image.document.get("history") or [])
        config = copy.deepcopy(image.config)
        return cls(name, key_of(image.id), config, layers, image.diff_ids, history, image.created)

    @classmethod
    def from_stage(cls, name: str, other: Stage) -> Stage:
        """Begin with what another stage has made."""
        config = copy.deepcopy(other.config)
        return cls(
            name, other.key, config, other.layers, [*other.diff_ids], [*other.history], other.created, other.author
        )

    @property
    def environment(self) -> dict[str, str]:
        """The variables that its containers will have."""
        return dict(pair.partition("=")[::2] for pair in self.config.get("Env") or [])

    @property
    def variables(self) -> Mapping[str, str]:
        """What may be put into instructions: arguments, and over them the environment."""
        return {**self.arguments, **self.environment}

    @property
    def folder(self) -> str:
        """Where relative paths begin."""
        return str(self.config.get("WorkingDir") or "/")

    @property
    def tree(self) -> Tree:
        """All files so far."""
        if self._tree is None:
            self._tree = Tree()
            for diff_id in self.diff_ids:
                self._tree.overlay(self.layers.tar(diff_id))
        return self._tree

    def add(self, key: str, created: str, created_by: str, diff_id: str | None = None) -> None:
        """Note that a step is done, and take its layer."""
        self.key = key
        self.created = created
        step: dict[str, Any] = {"created": created, "created_by": created_by}
        self.history.append(step if diff_id else {**step, "empty_layer": True})
        if diff_id:
            self.diff_ids.append(diff_id)
            if self._tree is not None:
                self._tree.overlay(self.layers.tar(diff_id))

    def document(self) -> bytes:
        """Return the configuration of an image of what is there now."""
        document = {
            "architecture": ARCHITECTURE,
            "author": self.author,
            "config": self.config,
            "created": self.created,
            "docker_version": "rehearsal",
            "history": self.history,
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": self.diff_ids},
        }
        return json.dumps({key: value for key, value in document.items() if value != ""}, sort_keys=True).encode()

    def close(self) -> None:
        """Close the files that were looked at."""
        if self._tree is not None:
            self._tree.close()
