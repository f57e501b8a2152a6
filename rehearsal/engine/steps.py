"""The steps of a build: each performs one instruction on the stage that is being built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rehearsal.engine import clock, copying, instructions, words
from rehearsal.engine.cache import Made, key_of
from rehearsal.engine.errors import EngineError
from rehearsal.engine.stage import ARCHITECTURE, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rehearsal.engine.cache import Cache
    from rehearsal.engine.context import Context
    from rehearsal.engine.dockerfile import Instruction
    from rehearsal.engine.images import Image
    from rehearsal.engine.layers import Layers, LayerWriter
    from rehearsal.engine.tree import Tree

# What BuildKit sets by itself, and Dockerfiles written for it may ask for.
PLATFORM = {
    "TARGETPLATFORM": f"linux/{ARCHITECTURE}",
    "TARGETOS": "linux",
    "TARGETARCH": ARCHITECTURE,
    "BUILDPLATFORM": f"linux/{ARCHITECTURE}",
}


class Workshop(NamedTuple):
    """What steps need; `fetch` finds an image here or in a registry."""

    layers: Layers
    cache: Cache
    fetch: Callable[[str], Image]


@dataclass
class Steps:
    """The steps of one build, and the stages that they have made."""

    workshop: Workshop
    context: Context
    arguments: Mapping[str, str | None]
    trust_cache: bool
    stages: list[Stage] = field(default_factory=list)
    consumed: set[str] = field(default_factory=set)
    _global: dict[str, str] = field(default_factory=dict)
    _foreign: dict[str, Stage] = field(default_factory=dict)

    def perform(self, instruction: Instruction) -> bool:
        """Perform one instruction, and say whether it had been done before."""
        if instruction.name == "FROM":
            self.stages.append(self._begin(instruction))
            return False
        if instruction.name == "ARG":
            return self._declare(instruction)
        stage = self.stages[-1]
        if instruction.name in ("COPY", "ADD"):
            return self._copy(stage, instruction)
        if instruction.name == "WORKDIR":
            return self._change_folder(stage, instruction)
        told = instructions.configure(stage, instruction)
        return self._note(stage, f"  {instruction.name} {told}")

    def close(self) -> None:
        """Close all files that were looked at."""
        for stage in [*self.stages, *self._foreign.values()]:
            stage.close()

    def _begin(self, instruction: Instruction) -> Stage:
        given = instruction.arguments()[0]
        base, name = words.expand(given, {**PLATFORM, **self._global}), stage_name(instruction)
        if not base:
            raise EngineError(f"base name ({given}) should not be blank")
        if base == "scratch":
            return Stage.from_scratch(name, self.workshop.layers)
        earlier = self._earlier(base)
        if earlier:
            return Stage.from_stage(name, earlier)
        return Stage.from_image(name, self.workshop.fetch(base), self.workshop.layers)

    def _earlier(self, name: str) -> Stage | None:
        if name.isdecimal() and int(name) < len(self.stages):
            return self.stages[int(name)]
        return next((stage for stage in self.stages if stage.name and stage.name.lower() == name.lower()), None)

    def _declare(self, instruction: Instruction) -> bool:
        stage = self.stages[-1] if self.stages else None
        known = stage.variables if stage else self._global
        declared = stage.arguments if stage else self._global
        for word in words.split(instruction.rest):
            name, equals, default = word.partition("=")
            value = words.expand(default, known) if equals else {**PLATFORM, **self._global}.get(name)
            if name in self.arguments:
                self.consumed.add(name)
                given = self.arguments[name]
                value = value if given is None else given
            if value is not None:
                declared[name] = value
        return self._note(stage, f"  ARG {instruction.rest}") if stage else False

    def _copy(self, stage: Stage, instruction: Instruction) -> bool:
        *patterns, destination = [words.expand(word, stage.variables) for word in instruction.arguments()]
        goal = destination if destination.startswith("/") else f"{stage.folder.rstrip('/')}/{destination}"
        made = clock.stamp()
        copied = copying.Copying(
            instruction.name,
            self._source(instruction),
            stage.tree,
            patterns,
            # `COPY x .` means the folder itself, and what is copied goes into it.
            f"{goal}/" if goal.endswith(("/.", "/..")) else goal,
            clock.seconds_of(made),
            copying.file_mode(instruction.flags.get("chmod", "")),
        )
        with self.workshop.layers.writer() as layer:
            told = f" {instruction.name} multi:{copied.write(layer)} in {destination} "
            return self._note(stage, told, made, layer)

    def _source(self, instruction: Instruction) -> Tree:
        origin = instruction.flags.get("from")
        if origin is None:
            return self.context.tree
        earlier = self._earlier(origin) or self._foreign.get(origin)
        if earlier is None:
            earlier = Stage.from_image(origin, self.workshop.fetch(origin), self.workshop.layers)
            self._foreign[origin] = earlier
        return earlier.tree

    def _change_folder(self, stage: Stage, instruction: Instruction) -> bool:
        folder = instructions.folder_of(stage, instruction)
        stage.config["WorkingDir"] = folder
        told = f" WORKDIR {folder}"
        if stage.tree.is_folder(stage.tree.resolve(folder)):
            return self._note(stage, told)
        made = clock.stamp()
        with self.workshop.layers.writer() as layer:
            copying.make_folder(stage.tree, folder, layer, clock.seconds_of(made))
            return self._note(stage, told, made, layer)

    def _note(self, stage: Stage, told: str, made: str = "", layer: LayerWriter | None = None) -> bool:
        """Note a step with its layer, or with the one that it made the last time."""
        key = key_of(stage.key, told)
        known = self.workshop.cache.recall(key) if self.trust_cache else None
        if known and known.diff_id and not self.workshop.layers.has(known.diff_id):
            known = None
        done = known or Made(made or clock.stamp(), layer.keep() if layer else None)
        self.workshop.cache.record(key, done)
        stage.add(key, done.created, f"/bin/sh -c #(nop){told}", done.diff_id)
        return known is not None


def stage_name(instruction: Instruction) -> str:
    """Return what a FROM calls its stage."""
    arguments = instruction.arguments()
    return arguments[2] if len(arguments) == 3 else ""
